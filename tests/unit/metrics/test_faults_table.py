"""Claims about the table of faults: what began, what healed, and what went wrong in between."""

from sim.metrics.faults import faults_table
from sim.model.journal_entries import FaultChanged, LaunchFailed
from sim.units import MINUTE_US
from tests.unit.metrics.records import a_record


def changed(minute: int, change: str, fault: str = "vcpu_quota") -> FaultChanged:
    """A fault that begins or heals."""
    return FaultChanged(time_us=minute * MINUTE_US, fault=fault, scope="8 vCPUs", change=change)


def failed(minute: int, code: str = "VcpuLimitExceeded") -> LaunchFailed:
    """A launch that fails."""
    return LaunchFailed(
        time_us=minute * MINUTE_US, capacity_provider="web", availability_zone="us-east-1a",
        instance_type="m8g.xlarge", count=1, error_code=code, reason_code=code, message="no",
        retry_at_us=0,
    )  # fmt: skip


def test_a_fault_has_its_span_and_its_failures() -> None:
    """Failures before and after it are not its own; codes are told."""
    journal = (failed(0), changed(1, "began"), failed(1), changed(2, "healed"), failed(3))
    (row,) = faults_table(a_record(journal=journal)).to_dict("records")
    assert (row["started_us"], row["ended_us"], row["is_healed"]) == (
        MINUTE_US,
        2 * MINUTE_US,
        True,
    )
    assert (row["launch_failures"], row["codes"]) == (1, "VcpuLimitExceeded")


def test_a_fault_that_does_not_heal_ends_with_the_run() -> None:
    """Its end is the horizon, and it says so."""
    record = a_record(journal=(changed(1, "began"),))
    (row,) = faults_table(record).to_dict("records")
    assert (row["ended_us"], row["is_healed"]) == (record.horizon_us, False)


def test_a_run_without_faults_has_an_empty_table() -> None:
    """With the same columns."""
    assert list(faults_table(a_record()).columns) == list(
        faults_table(a_record(journal=(changed(1, "began"),))).columns
    )
