"""V1, V2, V23 by pollers, V17: a queue whose pollers are the servers waits as theory says.

Batches of one message, as many pollers as the environment has vCPUs and slots: nothing is throttled
and every message waits in the queue only, first come first served. Patience is the time for which
the queue keeps a message, drawn for each from an exponential law.
"""

from functools import partial

import numpy as np

from sim.dataplane.boundary import QueuePolicy
from sim.dataplane.plane import DataPlane, Routing
from sim.model.invocation_record import Outcome
from sim.units import DAY_US, MINUTE_US, SECOND_US
from tests.unit.dataplane.data_plane_builders import a_function, parameters
from tests.validation.evidence import Chart, Oracle, Series, exactly, interval
from tests.validation.planes import LAWS, MS, PoissonArrivals, run_to_end
from tests.validation.queueing_theory import erlang_a_abandons, erlang_c, fifo_wait_us

_REPLICATIONS = 20
_HALF_WIDTH = 0.05
_WARM_UP = 1
_PATIENCE_US = SECOND_US
_VARIATION = {"deterministic": 0.0, "exponential": 1.0, "lognormal": np.e - 1.0, "bimodal": 2.25}
"""Squared coefficients of variation of the laws of work."""


def pollers(count, *, retention_us=None):
    """Servers: each takes one message at a time."""
    return QueuePolicy(
        batch_max=1,
        window_us=0,
        visibility_us=DAY_US,
        receives_max=None,
        pollers_min=count,
        pollers_max=count,
        pollers_step=0.0,
        tick_us=DAY_US,
        retry_base_us=1,
        retry_cap_us=1,
        retention_us=retention_us,
        is_retention_drawn=retention_us is not None,
    )


def _record(*, seed, servers, rate_per_s, minutes, law="exponential", retention_us=None):
    """What happened, and to every message by itself."""
    plane = DataPlane(
        functions=[
            a_function(
                vcpu=servers,
                concurrency_limit=servers,
                queue=pollers(servers, retention_us=retention_us),
            )
        ],
        arrivals=PoissonArrivals(seed, rate_per_s, 0.0, 100 * MS, LAWS[law]),
        parameters=parameters(record_every=1),
        routing=Routing.RANDOM,
        horizon_us=(_WARM_UP + minutes) * MINUTE_US,
    )
    plane.add_environment(function_index=0, speed=1.0, now_us=0)
    record = run_to_end(plane)
    assert record.throttled_attempts.sum() == record.retried.sum() == 0
    return record


def _waits(record):
    """Waits of the messages that came after the warm-up and were received, microseconds."""
    samples = record.samples
    is_steady = samples.arrived_us >= _WARM_UP * MINUTE_US
    waits_us = (samples.started_us - samples.arrived_us)[is_steady]
    return waits_us[~np.isnan(waits_us)]


def _latencies(record):
    samples = record.samples
    latency_us = samples.latency_us[samples.arrived_us >= _WARM_UP * MINUTE_US]
    return latency_us[~np.isnan(latency_us)]


def _ten_pollers(minutes):
    """M/M/10, 9 offered: Erlang C."""
    records = [
        _record(seed=seed, servers=10, rate_per_s=90.0, minutes=minutes)
        for seed in range(_REPLICATIONS)
    ]
    waits_us = [_waits(record) for record in records]
    # A nanosecond or so passes between one poller's look and the next.
    has_waited = np.array([(w > 1.0).mean() for w in waits_us])
    is_long = np.array([(w > 50 * MS).mean() for w in waits_us])
    backlog = [r.waiting_us[0, _WARM_UP:].sum() / (minutes * MINUTE_US) for r in records]
    waits = erlang_c(servers=10, offered=9.0)
    return [
        exactly("formula against the published value", waits, 0.668732, tolerance=5e-7),
        interval("share that waits", has_waited, waits, half_width=_HALF_WIDTH),
        interval(
            "mean wait, ms",
            np.array([w.mean() for w in waits_us]) / MS,
            waits * 100.0,
            half_width=_HALF_WIDTH,
        ),
        interval(
            "mean messages in the queue", np.array(backlog), waits * 9.0, half_width=_HALF_WIDTH
        ),
        interval(
            "share that waits for more than 50 ms",
            is_long,
            waits * np.exp(-0.5),
            half_width=_HALF_WIDTH,
        ),
    ]


def _one_poller(minutes):
    """M/M/1, load 0.8: the stay is exponential with five times the mean work."""
    latency_us = [
        _latencies(_record(seed=seed, servers=1, rate_per_s=8.0, minutes=minutes))
        for seed in range(_REPLICATIONS)
    ]
    quantiles = {0.95: 14.979, 0.99: 23.026}
    return [
        interval(
            "mean stay / mean work",
            np.array([one.mean() for one in latency_us]) / (100 * MS),
            5.0,
            half_width=_HALF_WIDTH,
        ),
        *(
            interval(
                f"p{100 * level:g} of the stay / mean work",
                np.array([np.quantile(one, level) for one in latency_us]) / (100 * MS),
                exact,
                half_width=_HALF_WIDTH,
            )
            for level, exact in quantiles.items()
        ),
    ]


def _any_work(law, minutes):
    """M/G/1, load 0.7: Pollaczek and Khinchin."""
    waits_us = [
        _waits(_record(seed=seed, servers=1, rate_per_s=7.0, minutes=minutes, law=law)).mean()
        for seed in range(_REPLICATIONS)
    ]
    exact_us = fifo_wait_us(load=0.7, mean_us=100 * MS, squared_variation=_VARIATION[law])
    return [
        interval("mean wait, ms", np.array(waits_us) / MS, exact_us / MS, half_width=_HALF_WIDTH)
    ]


def _abandoned(rate_per_s, minutes):
    """Share of the messages that are given up, one number per replication."""
    shares = []
    for seed in range(_REPLICATIONS):
        record = _record(
            seed=seed,
            servers=10,
            rate_per_s=rate_per_s,
            minutes=minutes,
            retention_us=_PATIENCE_US,
        )
        given_up = record.outcomes[0, _WARM_UP:, Outcome.DEAD_LETTERED].sum()
        shares.append(given_up / record.arrived[0, _WARM_UP:].sum())
    return np.array(shares)


def _impatient(rate_per_s, published, minutes):
    exact = erlang_a_abandons(
        servers=10, rate_per_s=rate_per_s, work_per_s=10.0, patience_per_s=1.0
    )
    return [
        exactly("formula against the published value", exact, published, tolerance=5e-7),
        interval("share given up", _abandoned(rate_per_s, minutes), exact, half_width=_HALF_WIDTH),
    ]


def _chart():
    rates = [float(rate) for rate in range(60, 161, 5)]
    exact = [
        erlang_a_abandons(servers=10, rate_per_s=rate, work_per_s=10.0, patience_per_s=1.0)
        for rate in rates
    ]
    simulated = [float(_abandoned(rate, 2).mean()) for rate in rates[::4]]
    return Chart(
        "messages per second to 10 pollers of 10 per second each",
        "share given up",
        [
            Series("Erlang A", rates, exact),
            Series("simulated", rates[::4], simulated, "points"),
        ],
    )


ORACLES = (
    Oracle(
        number="V1/V2/V23",
        question="Do messages wait for pollers as customers do for servers?",
        configuration=(
            "a queue with batches of one message, as many pollers as vCPUs and slots, work of mean "
            "100 ms; first come first served"
        ),
        cases={
            "10 pollers, 9 offered": partial(_ten_pollers, 60),
            "1 poller, load 0.8": partial(_one_poller, 240),
            **{f"1 poller, load 0.7, {law}": partial(_any_work, law, 240) for law in LAWS},
        },
    ),
    Oracle(
        number="V17",
        question="Do impatient callers give up by Erlang's formula A?",
        configuration=(
            "the same with 10 pollers; each message is kept for an exponential time of mean 1 s"
        ),
        cases={
            "100 per second": partial(_impatient, 100.0, 0.0604689, 20),
            "110 per second": partial(_impatient, 110.0, 0.1086608, 20),
        },
        chart=_chart,
    ),
)
