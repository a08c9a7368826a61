"""Keeps the turnover of the fleet told: replacements and scale-in, counted per span of time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import InstanceChanged, InstanceLaunched, PurposeOfLaunch
from sim.model.run_record import RunRecord
from sim.model.states import EndReason, ManagedInstanceState
from sim.reporting.wording import clock_s, counted
from sim.units import HOUR_US

SPANS_MAX = 8
"""Spans of each sort that the story tells, those with most instances."""
_GAP_US = HOUR_US
"""Ours: events of one sort further apart than an hour are two spans."""


_REPLACED = "launched to replace others"
_ENDED: Mapping[str, str] = {
    EndReason.END_OF_LIFETIME: "retired at the end of the lifetime",
    EndReason.CONSOLIDATED: "terminated, as others had room for their work",
    EndReason.PATCHED: "replaced by ones with a newer image",
    EndReason.SCHEDULED_RETIREMENT: "replaced before EC2 retires them",
    EndReason.FAILED_STATUS_CHECK: "replaced after failed status checks",
    EndReason.LAMBDA_AGENT_SILENT: "given up with a silent Lambda Agent",
    EndReason.LAUNCH_TIMED_OUT: "given up, as they did not register in time",
    EndReason.NO_ENVIRONMENTS: "terminated by scale-in, for want of environments",
}


def turnover(record: RunRecord) -> Iterator[tuple[float, str]]:
    """Hours since the first traffic and words of each span of turnover, sort by sort."""
    for what, times_us in _times_by_sort(record).items():
        spans = sorted(_spans(times_us), key=len, reverse=True)
        for span_us in spans[:SPANS_MAX]:
            until = clock_s(hours_since_traffic(record, span_us[-1]))
            when = f" until {until}" if len(span_us) > 1 else ""
            hours = hours_since_traffic(record, span_us[0])
            yield hours, f"{counted(len(span_us), 'instance')} {what}{when}."
        if untold := sum(len(span_us) for span_us in spans[SPANS_MAX:]):
            at = hours_since_traffic(record, times_us[-1])
            yield at, f"({counted(untold, 'more instance')} {what} in smaller spans.)"


def _times_by_sort(record: RunRecord) -> Mapping[str, Sequence[int]]:
    """When each sort of turnover happened, by its words."""
    times_us: dict[str, list[int]] = {what: [] for what in (_REPLACED, *_ENDED.values())}
    for entry in record.journal:
        match entry:
            case InstanceLaunched(purpose=PurposeOfLaunch.REPLACEMENT):
                times_us[_REPLACED].append(entry.time_us)
            case InstanceChanged(new_state=ManagedInstanceState.SHUTTING_DOWN):
                if what := _ENDED.get(entry.reason):
                    times_us[what].append(entry.time_us)
            case _:
                pass
    return times_us


def _spans(times_us: Sequence[int]) -> list[Sequence[int]]:
    """Cut sorted times where a gap is too long."""
    cuts = [i for i, (a, b) in enumerate(pairwise(times_us), start=1) if b - a > _GAP_US]
    edges = [0, *cuts, len(times_us)]
    return [times_us[a:b] for a, b in pairwise(edges) if a < b]
