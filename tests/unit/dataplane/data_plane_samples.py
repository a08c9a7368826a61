"""What invocations recorded one by one must say together: what the invocation record says."""

import numpy as np

from sim.model.invocation_record import Outcome


def assert_samples_add_up(record):
    """Where every invocation is recorded, their sums per function are those of the record."""
    samples = record.samples
    for index in range(len(record.function_names)):
        mine = samples.function_index == index
        assert mine.sum() == record.arrived[index].sum()
        # A message that nobody has received yet has come, but was not attempted.
        attempts = np.maximum(samples.attempts[mine], 1)
        assert attempts.sum() == record.attempts[index].sum()
        ended = samples.outcome[mine]
        counts = np.bincount(ended[ended >= 0], minlength=len(Outcome))
        assert counts.tolist() == record.outcomes[index].sum(axis=0).tolist()
        assert (ended < 0).sum() == record.in_flight[index] + record.waiting[index]
        started = ~np.isnan(samples.started_us[mine])
        # What waits may have run before.
        assert (~started & (ended < 0)).sum() <= record.waiting[index]
        assert np.array_equal(started, samples.row[mine] >= 0)
        assert np.array_equal(np.isnan(samples.ended_us[mine]), ended < 0)
        latency_us = samples.latency_us[mine]
        assert np.array_equal(~np.isnan(latency_us), ended == Outcome.COMPLETED)
        np.testing.assert_allclose(
            np.nansum(latency_us), record.latency_sum_us[index].sum(), rtol=1e-9, atol=1e-2
        )
