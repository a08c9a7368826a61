"""All operations of CloudWatch, CloudWatch Logs and CloudTrail."""

from collections.abc import Mapping

from sim.controlplane.observability import log_calls, metric_calls, trail_calls
from sim.controlplane.operation import Operation

OPERATIONS: Mapping[str, Operation] = {
    **metric_calls.OPERATIONS,
    **log_calls.OPERATIONS,
    **trail_calls.OPERATIONS,
}
"""Every operation by `service:Name`."""
