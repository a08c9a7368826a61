"""Exact steady states of one environment and of pooled slots: the kernel agrees with them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from sim.units import SECOND_US

_BISECTIONS = 60

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EnvironmentSteadyState:
    """Long-run behaviour of one execution environment under Poisson arrivals."""

    throttle_fraction: float
    """Share of arrivals refused at the concurrency limit."""
    in_flight_mean: float
    latency_mean_us: float
    """Mean latency of the admitted invocations."""
    cpu_utilisation_fraction: float
    """Busy vCPUs / vCPUs."""


def environment_steady_state(
    *,
    arrival_rate_per_s: float,
    io_mean_us: float,
    cpu_mean_us: float,
    vcpu: int,
    concurrency_limit: int,
) -> EnvironmentSteadyState:
    """The product form of an I/O delay and a processor-shared CPU under one limit on their total.

    It holds for any demand laws with these means, as long as nothing but the limit refuses.
    Source: Baskett, Chandy, Muntz, Palacios, Journal of the ACM 22 (1975); arrivals lost at a limit
    on the total keep the product form (Lam, IBM Journal of Research and Development 21, 1977).
    """
    assert arrival_rate_per_s > 0.0
    assert concurrency_limit >= 1
    waiting = np.arange(concurrency_limit + 1)[:, np.newaxis]
    running = np.arange(concurrency_limit + 1)[np.newaxis, :]
    log_weight = (
        _powers(arrival_rate_per_s * io_mean_us / SECOND_US, waiting)
        - gammaln(waiting + 1)
        + _powers(arrival_rate_per_s * cpu_mean_us / SECOND_US, running)
        - _log_service_product(running, vcpu)
    )
    in_flight = waiting + running
    log_weight = np.where(in_flight <= concurrency_limit, log_weight, -np.inf)
    probability = np.exp(log_weight - logsumexp(log_weight))
    throttle_fraction = float(probability[in_flight == concurrency_limit].sum())
    in_flight_mean = float((probability * in_flight).sum())
    admitted_per_us = arrival_rate_per_s * (1.0 - throttle_fraction) / SECOND_US
    return EnvironmentSteadyState(
        throttle_fraction=throttle_fraction,
        in_flight_mean=in_flight_mean,
        latency_mean_us=in_flight_mean / admitted_per_us,
        cpu_utilisation_fraction=float((probability * np.minimum(running, vcpu)).sum()) / vcpu,
    )


def erlang_b(*, slots: int, offered: float) -> float:
    """Share of Poisson arrivals lost when `offered` erlangs meet `slots` without a queue.

    It holds for any law of the holding time. Source: Erlang (1917), as a recursion over slots.
    """
    assert slots >= 0
    assert offered > 0.0
    inverse = 1.0
    for busy in range(1, slots + 1):
        inverse = 1.0 + inverse * busy / offered
    return 1.0 / inverse


@dataclass(frozen=True, slots=True)
class RetriedLoss:
    """Slots without a queue whose lost clients try again after long back-offs."""

    offered: float
    """Erlangs offered by first and repeated attempts."""
    attempt_loss_fraction: float
    give_up_fraction: float
    """Share of invocations whose every attempt is lost."""


def erlang_b_with_retries(*, slots: int, offered: float, attempts_max: int) -> RetriedLoss:
    """The fixed point at which repeated attempts come as independently as first ones.

    An approximation: exact as the back-off grows without bound. Attempt `n + 1` is made if the `n`
    before were lost, so `offered (1 + loss + ... + loss**(attempts_max - 1))` erlangs are offered.
    """
    assert attempts_max >= 1
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        loss = (low + high) / 2
        attempts = sum(loss**retries for retries in range(attempts_max))
        is_above = erlang_b(slots=slots, offered=offered * attempts) > loss
        low, high = (loss, high) if is_above else (low, loss)
    return RetriedLoss(
        offered=offered * sum(high**retries for retries in range(attempts_max)),
        attempt_loss_fraction=high,
        give_up_fraction=high**attempts_max,
    )


@dataclass(frozen=True, slots=True)
class CallersSteadyState:
    """Long-run behaviour of one execution environment and its callers."""

    completed_per_s: float
    throttle_fraction: float
    """Share of calls refused at the concurrency limit."""
    latency_mean_us: float
    """Mean latency of the admitted calls."""
    cpu_utilisation_fraction: float
    """Busy vCPUs / vCPUs."""


def callers_steady_state(
    *,
    callers: int,
    think_mean_us: float,
    io_mean_us: float,
    cpu_mean_us: float,
    vcpu: int,
    concurrency_limit: int,
) -> CallersSteadyState:
    """The closed product form: callers think, wait for I/O or share the CPU; refused ones think.

    It holds for any demand and think laws with these means, as long as nothing but the limit
    refuses. Sources: Baskett, Chandy, Muntz, Palacios (1975); with a limit, Engset (1918) and its
    insensitivity. Completed calls satisfy `callers = completed x (think + latency)` if none is
    refused.
    """
    assert callers >= 1
    assert think_mean_us > 0.0
    waiting = np.arange(callers + 1)[:, np.newaxis]
    running = np.arange(callers + 1)[np.newaxis, :]
    in_flight = waiting + running
    thinking = np.maximum(callers - in_flight, 0)
    log_weight = (
        _powers(think_mean_us, thinking)
        - gammaln(thinking + 1)
        + _powers(io_mean_us, waiting)
        - gammaln(waiting + 1)
        + _powers(cpu_mean_us, running)
        - _log_service_product(running, vcpu)
    )
    log_weight = np.where(in_flight <= min(callers, concurrency_limit), log_weight, -np.inf)
    probability = np.exp(log_weight - logsumexp(log_weight))
    calling = probability * thinking
    throttle_fraction = float(calling[in_flight == concurrency_limit].sum() / calling.sum())
    completed_per_us = float(calling.sum()) / think_mean_us * (1.0 - throttle_fraction)
    return CallersSteadyState(
        completed_per_s=completed_per_us * SECOND_US,
        throttle_fraction=throttle_fraction,
        latency_mean_us=float((probability * in_flight).sum()) / completed_per_us,
        cpu_utilisation_fraction=completed_per_us * cpu_mean_us / vcpu,
    )


def _powers(base: float, exponent: Integers) -> Floats:
    """`exponent * log(base)`, with base 0 to the power 0 being 1."""
    if base > 0.0:
        return exponent.astype(np.float64) * math.log(base)
    return np.where(exponent == 0, np.float64(0.0), np.float64(-math.inf))


def _log_service_product(running: Integers, vcpu: int) -> Floats:
    """Logarithm of the product of `min(i, vcpu)` over `i` from 1 to `running`."""
    shared = np.maximum(running - vcpu, 0)
    product: Floats = gammaln(np.minimum(running, vcpu) + 1) + shared * math.log(vcpu)
    return product
