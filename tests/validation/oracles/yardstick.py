"""V1, V2, V4, V23 and a cross-check: Ciw, a simulator of others, as the yardstick.

Lambda has no queue in front of an environment, so first come first served is nothing that the
simulator could be asked. The yardstick can: it is held against those closed forms first, and the
kernel against the yardstick then, on processor sharing, invocation by invocation on equal draws.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import ciw
import numpy as np

from sim.dataplane.plane import ArrivalBatch
from sim.model.invocation_record import Outcome
from sim.units import MINUTE_US, SECOND_US
from tests.unit.dataplane.data_plane_builders import FixedArrivals
from tests.validation.evidence import Chart, Oracle, Series, exactly, interval
from tests.validation.planes import LAWS, MS, a_fleet, run_to_end
from tests.validation.queueing_theory import bounded_queue, erlang_c, fifo_wait_us

_REPLICATIONS = 30
_NO_MORE_S = 1e9


def _records(seed: int, *, end_s: float, warm_up_s: float, **node: Any) -> Sequence[Any]:
    """Customers of one queue that arrive after the warm-up, the lost ones included."""
    ciw.seed(seed)
    simulation = ciw.Simulation(ciw.create_network(**node))
    simulation.simulate_until_max_time(end_s)
    records = simulation.get_all_records(only=["service", "rejection"])
    return [r for r in records if r.arrival_date >= warm_up_s]


def _replicated(measure, *, replications=_REPLICATIONS, **node):
    rows = [measure(_records(seed, **node)) for seed in range(replications)]
    return np.array(rows).T


def _waits(records):
    return np.array([r.waiting_time for r in records if r.record_type == "service"])


def _one_server(end_s, half_width):
    def measure(records):
        stay = np.array([r.exit_date - r.arrival_date for r in records])
        return stay.mean(), (stay > 14.979).mean()

    stay, over = _replicated(
        measure,
        end_s=end_s,
        warm_up_s=600.0,
        arrival_distributions=[ciw.dists.Exponential(0.8)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[1],
    )
    return [
        interval("W (L = 0.8 W = 4)", stay, 5.0, half_width=half_width),
        interval("share above the 95 % point", over, 0.05, half_width=4 * half_width),
    ]


def _ten_servers(end_s, half_width):
    def measure(records):
        waits = _waits(records)
        return (waits > 0).mean(), waits.mean(), (waits > 0.05).mean()

    waiting, wait_s, long = _replicated(
        measure,
        end_s=end_s,
        warm_up_s=30.0,
        arrival_distributions=[ciw.dists.Exponential(90.0)],
        service_distributions=[ciw.dists.Exponential(10.0)],
        number_of_servers=[10],
    )
    formula = erlang_c(servers=10, offered=9.0)
    return [
        exactly("formula, P(wait)", formula, 0.668732, tolerance=5e-7),
        interval("P(wait)", waiting, 0.668732, half_width=half_width),
        interval("wait, ms", wait_s * 1e3, 66.873, half_width=3 * half_width),
        interval("P(wait > 50 ms)", long, 0.405606, half_width=2 * half_width),
    ]


def _bounded(end_s, half_width):
    def measure(records):
        lost = np.array([r.record_type == "rejection" for r in records])
        stay = [r.exit_date - r.arrival_date for r in records if r.record_type == "service"]
        return lost.mean(), np.mean(stay)

    lost, stay_s = _replicated(
        measure,
        end_s=end_s,
        warm_up_s=5.0,
        arrival_distributions=[ciw.dists.Exponential(90.0)],
        service_distributions=[ciw.dists.Exponential(10.0)],
        number_of_servers=[10],
        queue_capacities=[4],
    )
    law = bounded_queue(servers=10, places=14, offered=9.0)
    present = float(law @ np.arange(15))
    return [
        exactly("formula, loss", float(law[-1]), 0.0725070, tolerance=5e-7),
        exactly("formula, L", present, 9.15765, tolerance=5e-6),
        interval("loss", lost, 0.0725070, half_width=half_width),
        interval("stay, ms", stay_s * 1e3, 109.706, half_width=0.03),
    ]


_SERVICES = {
    "deterministic": (lambda: ciw.dists.Deterministic(0.1), 0.0, 116.67),
    "exponential": (lambda: ciw.dists.Exponential(10.0), 1.0, 233.33),
    "lognormal, sigma 1": (
        lambda: ciw.dists.Lognormal(np.log(0.1) - 0.5, 1.0),
        float(np.expm1(1.0)),
        317.13,
    ),
}


def _any_service(name, half_width, end_s=650.0):
    make, squared_variation, published = _SERVICES[name]

    def measure(records):
        waits = _waits(records)
        return waits.mean(), (waits > 0).mean()

    wait_s, waiting = _replicated(
        measure,
        end_s=end_s,
        warm_up_s=50.0,
        arrival_distributions=[ciw.dists.Exponential(7.0)],
        service_distributions=[make()],
        number_of_servers=[1],
    )
    exact_ms = fifo_wait_us(load=0.7, mean_us=100.0, squared_variation=squared_variation)
    return [
        exactly("formula, ms", exact_ms, published, tolerance=6e-3),
        interval("wait, ms", wait_s * 1e3, exact_ms, half_width=half_width),
        interval("P(wait)", waiting, 0.7, half_width=0.05),
    ]


def _draws(law: str, rate_per_s: float, count: int) -> ArrivalBatch:
    generator = np.random.default_rng([5, count])
    return ArrivalBatch(
        times_us=np.cumsum(generator.exponential(SECOND_US / rate_per_s, count)),
        function_index=np.zeros(count, dtype=np.int32),
        io_us=np.zeros(count),
        cpu_us=LAWS[law](generator, 100_000.0, count),
        routing=np.zeros(count, dtype=np.uint64),
    )


def _by_ciw(batch: ArrivalBatch, vcpu: int) -> np.ndarray:
    """Latencies (us) of the same arrivals with the same work on Ciw's processor-sharing node."""
    gaps_s = np.diff(batch.times_us, prepend=0.0) / SECOND_US
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps_s.tolist(), _NO_MORE_S])],
        service_distributions=[ciw.dists.Sequential((batch.cpu_us / SECOND_US).tolist())],
        number_of_servers=[float("inf")],
        ps_thresholds=[vcpu],
    )
    simulation = ciw.Simulation(network, node_class=ciw.PSNode)
    simulation.simulate_until_max_time(_NO_MORE_S / 2)
    records = simulation.get_all_records()
    return np.array([r.exit_date - r.arrival_date for r in records]) * SECOND_US


def _both(vcpu, offered, law, count=12_000):
    """Ciw's latencies (us) and the kernel's record of the same arrivals and works."""
    batch = _draws(law, offered * 10, count)
    minutes = int(batch.times_us[-1] // MINUTE_US) + 3
    record = run_to_end(
        a_fleet(minutes=minutes, arrivals=FixedArrivals(batch), vcpu=vcpu, limit=1600)
    )
    return _by_ciw(batch, vcpu), record


def _latency_chart():
    """Shares of slower invocations: the kernel's histogram, and single latencies of Ciw."""
    series = []
    for law in ("exponential", "bimodal"):
        theirs_us, record = _both(2, 1.6, law, count=4_000)
        counts = record.latency_histogram[0].sum(axis=0)
        upper_us = record.scale.lowest_us * record.scale.growth ** np.arange(1, len(counts) + 1)
        used = np.flatnonzero(counts)
        slower = 1.0 - np.cumsum(counts) / counts.sum()
        ordered_us = np.sort(theirs_us)
        ranks = np.linspace(0, len(ordered_us) - 1, 40).astype(int)
        series += [
            Series(f"{law}, kernel", (upper_us[used] / MS).tolist(), slower[used].tolist()),
            Series(f"{law}, Ciw", (ordered_us[ranks] / MS).tolist(),
                   (1.0 - (ranks + 1) / len(ordered_us)).tolist(), "points"),
        ]  # fmt: skip
    return Chart("latency, ms", "share of slower invocations", series, x_scale="log")


def _same_path(vcpu, offered, law):
    theirs_us, record = _both(vcpu, offered, law)
    scale = record.scale
    position = np.log(np.maximum(theirs_us, scale.lowest_us) / scale.lowest_us) / np.log(
        scale.growth
    )
    binned = np.bincount(position.astype(int), minlength=scale.bin_count)
    moved = np.abs(binned - record.latency_histogram[0].sum(axis=0)).sum() / 2
    return [
        exactly("completed", int(record.outcomes[0, :, Outcome.COMPLETED].sum()), len(theirs_us)),
        exactly("mean latency, kernel / Ciw",
                float(record.latency_sum_us.sum() / theirs_us.sum()), 1.0, tolerance=1e-9),
        # A latency on the border of two bins may be rounded to either side.
        exactly("latencies in another bin of 2 %", float(moved), 0.0, tolerance=1.0),
    ]  # fmt: skip


ORACLES = (
    Oracle(
        number="V1",
        question="Yardstick: does Ciw have the stay of M/M/1, first come first served?",
        configuration="Ciw, load 0.8, service 1; the simulator's own queue is V1/V2/V23",
        cases={"half width 15 %": partial(_one_server, 4_000.0, 0.15)},
        slow_cases={"half width 5 %": partial(_one_server, 40_000.0, 0.05)},
    ),
    Oracle(
        number="V2",
        question="Yardstick: does Ciw have Erlang's delay formula?",
        configuration="Ciw, 10 servers, 9 offered, 100 ms; the simulator's own queue is V1/V2/V23",
        cases={"half width 10 %": partial(_ten_servers, 115.0, 0.1)},
        slow_cases={"half width 5 %": partial(_ten_servers, 400.0, 0.05)},
    ),
    Oracle(
        number="V4",
        question="Yardstick: does Ciw lose what a bounded queue loses?",
        configuration="Ciw, 10 servers and 4 places to wait, 9 offered; not applicable to Lambda",
        cases={"half width 12 %": partial(_bounded, 60.0, 0.12)},
        slow_cases={"half width 3 %": partial(_bounded, 950.0, 0.03)},
    ),
    Oracle(
        number="V23",
        question="Yardstick: does Ciw wait by Pollaczek and Khinchin?",
        configuration="Ciw, one server, load 0.7, service 100 ms; the simulator's own is V1/V2/V23",
        cases={
            name: partial(_any_service, name, 0.3 if "sigma" in name else 0.1) for name in _SERVICES
        },
        slow_cases={
            "lognormal, half width 10 %": partial(
                _any_service, "lognormal, sigma 1", 0.1, end_s=2_500.0
            )
        },
    ),
    Oracle(
        number="V5/V6",
        question="Do kernel and Ciw agree on processor sharing, invocation by invocation?",
        configuration="the same 12,000 arrivals and works in both; (vCPUs, offered, law)",
        cases={
            f"{vcpu}, {offered}, {law}": partial(_same_path, vcpu, offered, law)
            for vcpu, offered in ((1, 0.75), (2, 1.6), (4, 3.0))
            for law in ("deterministic", "exponential", "bimodal")
        },
        chart=_latency_chart,
    ),
)
