"""Keeps the report true to what waits: how much, how long, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.metrics import Tables
from sim.metrics.summary import batch_size_mean, wait_mean_s
from sim.model.run_record import RunRecord
from sim.model.version_names import counted_under
from sim.reporting.clients import workloads
from sim.reporting.grids import Grid, code, figures
from sim.reporting.time_series import highest, totals
from sim.reporting.wording import NOTHING, clock, counted, number, span
from sim.units import MINUTE_US, SECOND_US


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waited in the queues of a run, all functions together."""

    noun: str
    """What waits there: messages, events or both."""
    peak: float
    """Most at a time; with several queues, most in the mean of a minute."""
    peak_hours: float
    mean: float
    wait_mean_s: float
    """Of all that came into the queues."""
    left: int
    """Still there at the end."""

    @property
    def peak_words(self) -> str:
        """Such as `3,020 messages`."""
        return counted(round(self.peak), self.noun)


def queued_functions(record: RunRecord) -> dict[str, str]:
    """Versions behind a queue, and what waits in it: messages in SQS's, events in Lambda's."""
    found = {}
    for workload in workloads(record):
        if workload.get("queue") is not None:
            found[_counted_under(record, workload)] = "message"
        elif workload.get("invocation") == "asynchronous":
            found[_counted_under(record, workload)] = "event"
    return found


def _counted_under(record: RunRecord, workload: Mapping[str, object]) -> str:
    """The name under which the invocations of a workload are counted."""
    function, qualifier = str(workload["function"]), workload.get("qualifier")
    if qualifier is None:
        return function
    return counted_under(function, str(qualifier), record.invocations.function_names)


def has_messages(record: RunRecord) -> bool:
    """Whether pollers receive messages of some function."""
    return "message" in queued_functions(record).values()


def backlog(record: RunRecord, tables: Tables) -> Backlog | None:
    """What waited; None for a run without queues."""
    nouns = queued_functions(record)
    if not nouns:
        return None
    minutes = tables.minutes[tables.minutes["function"].isin(list(nouns))]
    column = "waiting_peak" if len(nouns) == 1 else "waiting"
    at, peak = highest(totals(tables, minutes, [column], keep="max"), column)
    indexes = [record.invocations.function_names.index(name) for name in nouns]
    return Backlog(
        noun=next(iter(nouns.values())) if len(set(nouns.values())) == 1 else "message or event",
        peak=peak,
        peak_hours=at,
        mean=float(totals(tables, minutes, ["waiting"])["waiting"].mean()),
        wait_mean_s=wait_mean_s(record.invocations, indexes) or 0.0,
        left=int(record.invocations.waiting[indexes].sum()),
    )


def backlog_words(found: Backlog) -> str:
    """Mean, wait and what is left, for the card."""
    words = f"waiting at {clock(found.peak_hours)}, {number(found.mean)} on average."
    words += f" Each waited {span(round(found.wait_mean_s * SECOND_US))} on average"
    return f"{words}; {number(found.left)} left at the end." if found.left else f"{words}."


def queue_grid(record: RunRecord, tables: Tables) -> Grid:
    """What went through the queue of each function."""
    columns = (
        code("Function"), figures("Came"), figures("Most waiting"), figures("Waiting, mean"),
        figures("Mean wait"), figures("Batches"), figures("Batches per minute"),
        figures("Messages per batch"), figures("Throttles"), figures("Errors"),
        figures("Dead-lettered"), figures("Left at the end"),
    )  # fmt: skip
    invocations = record.invocations
    minute_count = (record.horizon_us - record.traffic_start_us) / MINUTE_US
    rows = []
    for name in queued_functions(record):
        index = invocations.function_names.index(name)
        part = tables.minutes[tables.minutes["function"] == name]
        batches = int(invocations.batches[index].sum())
        wait_s, size = wait_mean_s(invocations, [index]), batch_size_mean(invocations, index)
        rows.append(
            (
                name, number(int(invocations.arrived[index].sum())),
                number(int(invocations.waiting_peak[index].max())),
                number(float(part["waiting"].mean())),
                NOTHING if wait_s is None else span(round(wait_s * SECOND_US)),
                number(batches) if batches else NOTHING,
                number(batches / minute_count) if batches else NOTHING,
                NOTHING if size is None else number(size),
                number(int(part["throttled_attempts"].sum())),
                number(int(part["failed_attempts"].sum())),
                number(int(part["dead_lettered"].sum())), number(int(invocations.waiting[index])),
            )
        )  # fmt: skip
    return Grid(columns, tuple(rows))
