"""The queues behind the kernel's `queues`: one row per function, those without a queue empty."""

from collections.abc import Sequence

import numpy as np

from sim.dataplane import kernel
from sim.dataplane.boundary import FunctionSettings, QueuePolicy
from sim.dataplane.tables import with_one_more


def queue_arrays(functions: Sequence[FunctionSettings]) -> kernel.Queues:
    """Empty queues, None if no function has one."""
    if all(function.queue is None for function in functions):
        return None
    values = np.zeros((len(functions), kernel.QUEUE_WIDTH))
    for row, function in zip(values, functions, strict=True):
        if function.queue is not None:
            _set_queue(row, function.queue)
    return kernel.QueueArrays(
        values=values, ends=np.full((len(functions), 2), kernel.NO_ENTRY, dtype=np.int64)
    )


def with_one_without(queues: kernel.Queues) -> kernel.Queues:
    """The same queues, and one more function that has none."""
    if queues is None:
        return None
    nothing = np.full((1, 2), kernel.NO_ENTRY, dtype=np.int64)
    return kernel.QueueArrays(
        values=with_one_more(queues.values), ends=np.concatenate([queues.ends, nothing])
    )


def _set_queue(row: kernel.Floats, policy: QueuePolicy) -> None:
    row[kernel.BATCH_MAX] = policy.batch_max
    row[kernel.WINDOW_US] = policy.window_us
    row[kernel.VISIBILITY_US] = policy.visibility_us
    row[kernel.RECEIVES_MAX] = np.inf if policy.receives_max is None else policy.receives_max
    row[kernel.POLLERS_MIN] = row[kernel.POLLERS] = policy.pollers_min
    row[kernel.POLLERS_MAX] = policy.pollers_max
    row[kernel.POLLERS_STEP] = policy.pollers_step
    row[kernel.TICK_US] = policy.tick_us
    row[kernel.RETRY_BASE_US] = policy.retry_base_us
    row[kernel.RETRY_CAP_US] = policy.retry_cap_us
    row[kernel.IS_PARTIAL] = policy.is_partial
    row[kernel.RETENTION_US] = np.inf if policy.retention_us is None else policy.retention_us
    row[kernel.IS_RETENTION_DRAWN] = policy.is_retention_drawn
    row[kernel.WINDOW_END_US] = row[kernel.NEXT_TICK_US] = np.inf
    row[kernel.RECEIVED_US] = -np.inf
