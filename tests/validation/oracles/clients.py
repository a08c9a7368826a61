"""V18 and the closed loop: what clients do about a throttle, and callers that wait for answers."""

from functools import partial

import numpy as np

from sim.dataplane.boundary import ROUNDS_PER_BLOCK, RetryPolicy, RoundBlock
from sim.dataplane.closed_forms import erlang_b
from sim.model.invocation_record import THROTTLE_OUTCOMES, Outcome
from sim.units import SECOND_US
from tests.unit.dataplane.data_plane_builders import arrivals_at
from tests.validation.evidence import Chart, Oracle, Series, exactly, interval
from tests.validation.planes import (
    LAWS,
    MS,
    REPLICATIONS,
    Law,
    PoissonArrivals,
    a_fleet,
    exponential,
    run_to_end,
)
from tests.validation.queueing_theory import closed_loop_calls_per_s

_SLOTS, _OFFERED = 48, 44.0
_RETRIES = {
    0: (44.0, 0.06377, 0.06377),
    1: (49.418, 0.12313, 0.01516),
    2: (51.340, 0.14562, 0.00309),
    5: (51.891, 0.15208, 0.0000124),
}
_WARM_UP, _MINUTES = 4, 12
_REPLICATIONS = 10


def _fixed_point(retries: int) -> float:
    """Loss of an attempt if retries come back as fresh Poisson traffic."""
    loss = 0.0
    for _ in range(10_000):
        offered = _OFFERED * sum(loss**n for n in range(retries + 1))
        loss += 0.2 * (erlang_b(slots=_SLOTS, offered=offered) - loss)
    return loss


def _measured(retries: int) -> np.ndarray:
    """Offered erlangs, loss of an attempt, share given up; means over replications."""
    policy = RetryPolicy(attempts_max=retries + 1, base_us=20 * SECOND_US, cap_us=20 * SECOND_US)
    rows = []
    for seed in range(_REPLICATIONS):
        arrivals = PoissonArrivals(seed, _OFFERED * 10, 100 * MS, 0.0, exponential)
        record = run_to_end(
            a_fleet(minutes=_MINUTES, arrivals=arrivals, limit=_SLOTS, retries=policy)
        )
        attempts = record.attempts[0, _WARM_UP:].sum()
        arrived = record.arrived[0, _WARM_UP:].sum()
        given_up = record.outcomes[0, _WARM_UP:, list(THROTTLE_OUTCOMES)].sum()
        refused = record.throttled_attempts[0, _WARM_UP:].sum()
        rows.append((_OFFERED * attempts / arrived, refused / attempts, given_up / arrived))
    return np.array(rows).mean(axis=0)


def _retried(retries: int):
    offered, loss, given_up = _RETRIES[retries]
    found = _measured(retries)
    fixed = _fixed_point(retries)
    return [
        exactly("formula, loss of an attempt", fixed, loss, tolerance=6e-6),
        exactly("formula, given up", fixed ** (retries + 1), given_up, tolerance=6e-6),
        exactly("offered", float(found[0]), offered, tolerance=0.1 * offered),
        exactly("loss of an attempt", float(found[1]), loss, tolerance=0.1 * loss),
        exactly("given up", float(found[2]), given_up, tolerance=max(0.15 * given_up, 2e-5)),
    ]


def _chart():
    counts = sorted(_RETRIES)
    found = [_measured(retries) for retries in counts]
    axis = [float(retries) for retries in counts]
    return Chart(
        "retries",
        "share",
        [
            Series("loss of an attempt, fixed point", axis, [_fixed_point(n) for n in counts]),
            Series("loss of an attempt", axis, [float(f[1]) for f in found], "points"),
            Series("given up, fixed point", axis, [_fixed_point(n) ** (n + 1) for n in counts]),
            Series("given up", axis, [float(f[2]) for f in found], "points"),
        ],
    )


_THINK_US, _WORK_US, _CALLERS = 900 * MS, 100 * MS, 12


class Callers:
    """Twelve callers that think, call and wait for the answer, under one law for both."""

    function_index = 0

    def __init__(self, seed: int, law: Law) -> None:
        self._seed = seed
        self._law = law

    def first_calls_us(self):
        """Spread over the first second."""
        return np.random.default_rng([self._seed]).uniform(0, SECOND_US, _CALLERS)

    def rounds(self, caller, block):
        """The same rounds for the same caller and block."""
        generator = np.random.default_rng([self._seed, caller, block])
        return RoundBlock(
            io_us=np.zeros(ROUNDS_PER_BLOCK),
            cpu_us=self._law(generator, _WORK_US, ROUNDS_PER_BLOCK),
            think_us=self._law(generator, _THINK_US, ROUNDS_PER_BLOCK),
            routing=generator.integers(0, 2**64, ROUNDS_PER_BLOCK, dtype=np.uint64),
        )


def _looped(law: Law, vcpu: int):
    """Calls a second and latency of callers on shared cores, by replication."""
    rows = []
    for seed in range(REPLICATIONS):
        plane = a_fleet(
            minutes=62,
            arrivals=arrivals_at([]),
            vcpu=vcpu,
            limit=64,
            callers=[Callers(seed, law)],
        )
        record = run_to_end(plane)
        completed = record.outcomes[0, 2:, Outcome.COMPLETED].sum()
        rows.append((completed / 3600.0, record.latency_sum_us[0, 2:].sum() / completed / MS))
    return np.array(rows).T


def _closed_loop(law: str, vcpu: int):
    calls_per_s, latency_ms = _looped(LAWS[law], vcpu)
    exact_per_s = closed_loop_calls_per_s(
        callers=_CALLERS, think_us=_THINK_US, work_us=_WORK_US, vcpu=vcpu
    )
    exact_ms = (_CALLERS / exact_per_s * SECOND_US - _THINK_US) / MS
    cycle = calls_per_s * (_THINK_US / SECOND_US + latency_ms / 1000.0)
    return [
        interval("calls/s", calls_per_s, exact_per_s, half_width=0.02),
        interval("latency, ms", latency_ms, exact_ms, half_width=0.09),
        interval("X (Z + R)", cycle, float(_CALLERS), half_width=0.02),
    ]


ORACLES = (
    Oracle(
        number="V18",
        question="What do retries with a long back-off offer, lose and give up?",
        configuration=(
            "48 slots, 44 offered, 100 ms; back-off up to 20 s, so that retries come back as fresh "
            "traffic (an approximation: 10 %, given up 15 %)"
        ),
        cases={f"{retries} retries": partial(_retried, retries) for retries in _RETRIES},
        chart=_chart,
    ),
    Oracle(
        number="Closed loop",
        question="How often do callers call that wait for their answers?",
        configuration="12 callers thinking 0.9 s, 100 ms of work on (law, vCPUs), no limit reached",
        cases={
            f"{law}, {vcpu}": partial(_closed_loop, law, vcpu) for law in LAWS for vcpu in (1, 2)
        },
    ),
)
