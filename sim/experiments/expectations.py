"""Which of a scenario's expectations a run did not meet, in sentences."""

from sim.metrics.event_lines import clock
from sim.metrics.expectations import failed_expectations
from sim.model.run_record import RunRecord


def unmet_expectations(record: RunRecord) -> list[str]:
    """A sentence per failed expectation: when (since the first traffic), what, and what came."""
    return [
        f"at {clock(judged.time_us - record.traffic_start_us).strip()}, {judged.subject}: "
        f"expected {judged.expected}, came {judged.seen}"
        for judged in failed_expectations(record)
    ]
