"""Keeps the report true to its callers: do they try again, do they wait for answers."""

from collections.abc import Iterator, Mapping

from sim.model.run_record import RunRecord

CLOSED_CALLERS = (
    "Some of the callers are a fixed number of users who wait for each answer before they call "
    "again: slow answers slow such users down, so the table and the percentiles show fewer slow "
    "invocations than independent callers would have met."
)


def retries_are_used(record: RunRecord) -> bool:
    """Whether callers of any function, or Lambda for events and messages, try again."""
    is_queued = any(
        w.get("invocation") == "asynchronous" or w.get("queue") is not None
        for w in workloads(record)
    )
    return bool(record.invocations.retried.any()) or is_queued or _is_set(record, "retries")


def caller_warning(record: RunRecord) -> str:
    """One sentence of warning where users call in a closed loop, else empty."""
    return CLOSED_CALLERS if _is_set(record, "callers") else ""


def _is_set(record: RunRecord, setting: str) -> bool:
    return any(workload.get(setting) is not None for workload in workloads(record))


def workloads(record: RunRecord) -> Iterator[Mapping[str, object]]:
    """The workloads of the resolved scenario."""
    workloads = record.scenario.get("workloads", ())
    assert isinstance(workloads, list | tuple), "a resolved scenario lists its workloads"
    return iter(workloads)
