"""V20: many environments with one server each wait as theory says, for one choice and for two."""

from functools import partial

from sim.dataplane.plane import Routing
from tests.validation.evidence import Chart, Oracle, Series, exactly, interval
from tests.validation.planes import replicated
from tests.validation.queueing_theory import two_choices_latency

_WORK_US = 50_000.0
_ENVIRONMENTS = 400
_PUBLISHED = {
    (Routing.RANDOM, 0.7): 3.3333,
    (Routing.RANDOM, 0.9): 10.0,
    (Routing.POWER_OF_TWO, 0.7): 1.6145,
    (Routing.POWER_OF_TWO, 0.9): 2.6141,
}
_MINUTES = {0.7: (1, 2), 0.9: (1, 3)}
"""Warm-up and end: 1,200 mean works of warm-up, 3 relaxation times of one queue at load 0.9."""


def _measured(routing, load, *, replications=20):
    warm_up, minutes = _MINUTES[load]
    return replicated(
        minutes=minutes,
        warm_up=warm_up,
        replications=replications,
        environments=_ENVIRONMENTS,
        limit=1600,
        routing=routing,
        rate_per_s=_ENVIRONMENTS * load * 1e6 / _WORK_US,
        cpu_us=_WORK_US,
    )


def _exact(routing, load):
    return 1 / (1 - load) if routing is Routing.RANDOM else two_choices_latency(load=load)


def _stretch(routing, load):
    exact = _exact(routing, load)
    samples = _measured(routing, load).latency_us / _WORK_US
    return [
        exactly("formula", exact, _PUBLISHED[routing, load], tolerance=5e-5),
        interval("latency / work", samples, exact, half_width=0.03),
    ]


def _chart():
    loads = [0.5 + 0.02 * n for n in range(23)]
    series = []
    for routing in (Routing.RANDOM, Routing.POWER_OF_TWO):
        name = routing.value.replace("_", " ")
        exact = [_exact(routing, load) for load in loads]
        means = [
            float(_measured(routing, load, replications=10).latency_us.mean()) / _WORK_US
            for load in (0.7, 0.9)
        ]
        series += [
            Series(f"{name}, exact", loads, exact),
            Series(name, [0.7, 0.9], means, "points"),
        ]
    return Chart("load", "latency / work", series)


ORACLES = (
    Oracle(
        number="V20",
        question="How much does the shorter of two random environments help?",
        configuration=f"{_ENVIRONMENTS} environments, 1 vCPU each, no limit, exponential work",
        cases={
            f"{routing.value}, load {load}": partial(_stretch, routing, load)
            for routing, load in _PUBLISHED
        },
        chart=_chart,
    ),
)
