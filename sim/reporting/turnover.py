"""Keeps the turnover of the fleet told: replacements and scale-in, counted per span of time."""

from collections.abc import Iterator, Sequence
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


def turnover(record: RunRecord) -> Iterator[tuple[float, str]]:
    """Hours since the first traffic and words of each span of turnover, sort by sort."""
    sorts = (
        (_replacements(record), "launched to replace others"),
        (_ended(record, EndReason.END_OF_LIFETIME), "retired at the end of the lifetime"),
        (_ended(record, EndReason.CONSOLIDATED), "terminated, as others had room for their work"),
        (_ended(record, EndReason.PATCHED), "replaced by ones with a newer image"),
        (_ended(record, EndReason.SCHEDULED_RETIREMENT), "replaced before EC2 retires them"),
        (_ended(record, EndReason.FAILED_STATUS_CHECK), "replaced after failed status checks"),
        (_ended(record, EndReason.LAMBDA_AGENT_SILENT), "given up with a silent Lambda Agent"),
        (
            _ended(record, EndReason.NO_ENVIRONMENTS),
            "terminated by scale-in, for want of environments",
        ),
    )
    for times_us, what in sorts:
        spans = sorted(_spans(times_us), key=len, reverse=True)
        for span_us in spans[:SPANS_MAX]:
            until = clock_s(hours_since_traffic(record, span_us[-1]))
            when = f" until {until}" if len(span_us) > 1 else ""
            hours = hours_since_traffic(record, span_us[0])
            yield hours, f"{counted(len(span_us), 'instance')} {what}{when}."
        if untold := sum(len(span_us) for span_us in spans[SPANS_MAX:]):
            at = hours_since_traffic(record, times_us[-1])
            yield at, f"({counted(untold, 'more instance')} {what} in smaller spans.)"


def _replacements(record: RunRecord) -> list[int]:
    return [
        entry.time_us
        for entry in record.journal
        if isinstance(entry, InstanceLaunched) and entry.purpose == PurposeOfLaunch.REPLACEMENT
    ]


def _ended(record: RunRecord, reason: str) -> list[int]:
    return [
        entry.time_us
        for entry in record.journal
        if isinstance(entry, InstanceChanged)
        and entry.new_state == ManagedInstanceState.SHUTTING_DOWN
        and entry.reason == reason
    ]


def _spans(times_us: Sequence[int]) -> list[Sequence[int]]:
    """Cut sorted times where a gap is too long."""
    cuts = [i for i, (a, b) in enumerate(pairwise(times_us), start=1) if b - a > _GAP_US]
    edges = [0, *cuts, len(times_us)]
    return [times_us[a:b] for a, b in pairwise(edges) if a < b]
