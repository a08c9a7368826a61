"""V12, V22: target tracking settles where the load says, and a lost zone costs what it must."""

from functools import partial

import numpy as np

from sim.assembly.settings import world_rules
from sim.dataplane.plane import ArrivalBatch, Routing
from sim.facts import catalogue
from sim.model.invocation_record import THROTTLE_OUTCOMES
from sim.model.journal_entries import ScalingDecided
from sim.scaling.decision import ScalingAction, VersionView
from sim.scenario.capacity_provider import ScalingMode
from sim.scenario.placement import Placement
from sim.units import MINUTE_US
from tests.property.engine.engine_worlds import a_function, a_scenario, finished
from tests.unit.engine.engine_bench import Dials, a_provider
from tests.validation.evidence import Chart, Oracle, Series, exactly
from tests.validation.planes import a_fleet

_BUSY_VCPU = 36.0
_VCPU = 8
_SETTLED = {
    0.5: (9, 0.5, 2.0),
    0.6: (8, 0.5625, 1.78),
    0.7: (7, 0.6429, 1.56),
    0.8: (6, 0.75, 1.33),
}


def _decisions(target):
    """Counts that the policy goes through when 36 vCPUs are busy, one decision a minute."""
    provider = a_provider(Dials(), target_cpu_fraction=target)
    policy = world_rules(Placement(), catalogue()).scaling_policy(provider)
    count, scaled_out_us, counts = 3, None, [3]
    for minute in range(1, 121):
        decision = policy.decide(
            VersionView(
                now_us=minute * MINUTE_US,
                ready_count=count,
                desired_count=count,
                count_min=3,
                count_max=100,
                measured_count=count,
                cpu_fraction=min(1.0, _BUSY_VCPU / (_VCPU * count)),
                concurrency_fraction=0.0,
                scaled_out_us=scaled_out_us,
                scaled_in_us=None,
                low_since_us=None,
            )
        )
        if decision.action is ScalingAction.SCALE_OUT:
            scaled_out_us = minute * MINUTE_US
        count = decision.desired_count
        counts.append(count)
    return counts


def _settled(target):
    count, utilisation, room = _SETTLED[target]
    settled = _decisions(target)[-1]
    return [
        exactly("instances of 8 vCPUs", settled, count),
        exactly("utilisation", _BUSY_VCPU / (_VCPU * settled), utilisation, tolerance=5e-5),
        exactly("burst room", _VCPU * settled / _BUSY_VCPU, room, tolerance=5e-3),
    ]


def _coupled(target):
    """A whole world with 600 requests a second of 60 ms CPU and environments of 8 vCPUs."""
    function = a_function(
        memory="16 GiB",
        memory_gib_per_vcpu=2,
        memory_per_invocation="1 MiB",
        per_execution_environment_max_concurrency=512,
        cpu={"kind": "constant", "value": "60ms"},
        io={"kind": "constant", "value": "5ms"},
    )
    scenario = a_scenario(
        functions=[function], arrivals={"kind": "constant", "rate": "600/s"}, duration="20m"
    )
    scaling = scenario.capacity_providers[0].scaling.model_copy(
        update={"mode": ScalingMode.MANUAL, "target_cpu": target}
    )
    provider = scenario.capacity_providers[0].model_copy(update={"scaling": scaling})
    return finished(scenario.model_copy(update={"capacity_providers": (provider,)}))


def _settled_in_the_world(target):
    count, utilisation, _ = _SETTLED[target]
    decisions = _coupled(target).of(ScalingDecided)[-16:]
    return [
        exactly("environments of 8 vCPUs, last 4 min", decisions[-1].ready_count, count),
        exactly("changes in the last 4 min", len({d.desired_count for d in decisions}) - 1, 0),
        exactly(
            "utilisation, mean of the last 4 min",
            sum(d.cpu_fraction for d in decisions) / len(decisions),
            utilisation,
            tolerance=0.01,
        ),
    ]


_UTILISATIONS = (0.5, 0.6, 2 / 3, 0.7)


class EvenArrivals:
    """One arrival every 10 ms with so much work that three environments are used to a share."""

    def __init__(self, utilisation):
        self._cpu_us = utilisation * 30_000.0

    def batches(self, index):
        """6,000 arrivals, all alike."""
        times_us = index * MINUTE_US + np.arange(6_000) * 10_000.0
        yield ArrivalBatch(
            times_us=times_us,
            function_index=np.zeros(6_000, dtype=np.int32),
            io_us=np.zeros(6_000),
            cpu_us=np.full(6_000, self._cpu_us),
            routing=np.zeros(6_000, dtype=np.uint64),
        )


def _zone_lost(utilisation):
    """CPU use before and after one of three zones goes, and the throttles of the last minute."""
    plane = a_fleet(
        minutes=6,
        arrivals=EvenArrivals(utilisation),
        environments=3,
        limit=16,
        routing=Routing.ROUND_ROBIN,
    )
    plane.advance(MINUTE_US)
    plane.report(now_us=MINUTE_US)
    plane.advance(2 * MINUTE_US)
    before = plane.report(now_us=2 * MINUTE_US).busy_vcpu_us.sum() / (3 * MINUTE_US)
    # 20 ms after the last arrival at the lost zone, so that both others have nothing in flight.
    plane.remove_environment(2, now_us=2 * MINUTE_US)
    plane.advance(5 * MINUTE_US)
    plane.report(now_us=5 * MINUTE_US)
    plane.advance(6 * MINUTE_US)
    after = plane.report(now_us=6 * MINUTE_US).busy_vcpu_us.sum() / (2 * MINUTE_US)
    record = plane.finish(now_us=6 * MINUTE_US)
    throttled = record.outcomes[0, 5, list(THROTTLE_OUTCOMES)].sum() / record.arrived[0, 5]
    return float(before), float(after), float(throttled)


def _survived(utilisation):
    before, after, throttled = _zone_lost(utilisation)
    wanted = 1.5 * utilisation
    return [
        exactly("utilisation before", before, utilisation, tolerance=1e-5),
        exactly("utilisation after", after, min(1.0, wanted), tolerance=1e-3),
        exactly("throttled after", throttled, max(0.0, 1 - 1 / wanted), tolerance=2e-3),
    ]


def _zone_chart():
    exact = [0.5 + 0.01 * n for n in range(21)]
    measured = [_zone_lost(u) for u in _UTILISATIONS]
    return Chart(
        "utilisation of three environments before",
        "share of the last minute",
        [
            Series("used by the two left, exact", exact, [min(1.0, 1.5 * u) for u in exact]),
            Series("throttled, exact", exact, [max(0.0, 1 - 1 / (1.5 * u)) for u in exact]),
            Series("used, simulated", _UTILISATIONS, [m[1] for m in measured], "points"),
            Series("throttled, simulated", _UTILISATIONS, [m[2] for m in measured], "points"),
        ],
    )


def _chart():
    minutes = [float(minute) for minute in range(16)]
    return Chart(
        "minute",
        "instances of 8 vCPUs",
        [
            Series(f"target {target}", minutes, [float(n) for n in _decisions(target)[:16]])
            for target in _SETTLED
        ],
    )


ORACLES = (
    Oracle(
        number="V12",
        question="Where does target tracking settle under 36 busy vCPUs?",
        configuration=(
            "the policy alone from 3 instances of 8 vCPUs; then a whole world at 600/s x 60 ms "
            "(targets away from a whole number of instances: at 0.5 the exact 9.0 is a knife edge)"
        ),
        cases={
            **{f"policy, target {target}": partial(_settled, target) for target in _SETTLED},
            **{f"world, target {t}": partial(_settled_in_the_world, t) for t in (0.6, 0.7, 0.8)},
        },
        chart=_chart,
    ),
    Oracle(
        number="V22",
        question="What happens to the rest when one of three zones is lost?",
        configuration="even arrivals, round robin over three environments, then over two",
        cases={f"u = {u:.3f}": partial(_survived, u) for u in _UTILISATIONS},
        chart=_zone_chart,
    ),
)
