"""Closed forms that the simulator is held against and does not use itself."""

import math

import numpy as np
from numpy.typing import NDArray


def erlang_c(*, servers: int, offered: float) -> float:
    """Probability that a customer of M/M/c waits. Source: Erlang (1917)."""
    weights = np.array([offered**n / math.factorial(n) for n in range(servers)])
    last = offered**servers / math.factorial(servers) / (1.0 - offered / servers)
    return float(last / (weights.sum() + last))


def erlang_a_abandons(
    *, servers: int, rate_per_s: float, work_per_s: float, patience_per_s: float
) -> float:
    """Share of the customers of M/M/c+M who give up before a server takes them.

    The stationary law of the number present is that of a birth-death chain in which those who wait
    leave at the rate of their patience. Source: Palm (1937).
    """
    weights = [1.0]
    present, waiting = 0, 0.0
    while weights[-1] > 1e-18 * max(weights) or present <= servers:
        present += 1
        waiting = max(0.0, present - servers)
        leave_per_s = min(present, servers) * work_per_s + waiting * patience_per_s
        weights.append(weights[-1] * rate_per_s / leave_per_s)
    law = np.array(weights) / sum(weights)
    queue = np.maximum(np.arange(len(law)) - servers, 0.0)
    return float(law @ queue * patience_per_s / rate_per_s)


def shared_servers_latency_us(*, servers: int, offered: float, mean_us: float) -> float:
    """Mean latency of M/G/c with processor sharing and at most one server for each customer.

    The number present has the law of M/M/c whatever the service law. Source: Cohen (1979).
    """
    waiting = erlang_c(servers=servers, offered=offered) / (servers - offered)
    return mean_us * (1.0 + waiting)


def bounded_queue(*, servers: int, places: int, offered: float) -> NDArray[np.float64]:
    """Stationary law of M/M/c/K, index = number present."""
    weights = [1.0]
    for present in range(1, places + 1):
        weights.append(weights[-1] * offered / min(present, servers))
    law = np.array(weights)
    return law / law.sum()


def fifo_wait_us(*, load: float, mean_us: float, squared_variation: float) -> float:
    """Mean wait in M/G/1, first come first served. Source: Pollaczek (1930), Khinchin (1932)."""
    return load * mean_us * (1.0 + squared_variation) / (2.0 * (1.0 - load))


def two_choices_latency(*, load: float) -> float:
    """Mean latency over mean service of many one-server queues, shorter of two random ones.

    Mean field: sum over k of load^(2^k - 1), divided by the load, k from 1. Sources: Vvedenskaya,
    Dobrushin, Karpelevich (1996); Mitzenmacher (1996).
    """
    return sum(load ** (2.0**k - 1.0) for k in range(1, 30)) / load


def closed_loop_calls_per_s(*, callers: int, think_us: float, work_us: float, vcpu: int) -> float:
    """Calls per second of callers that think, then share cores, for any laws of both.

    Product form of a delay and a processor-sharing station with a fixed population. Source:
    Baskett, Chandy, Muntz, Palacios, Journal of the ACM 22 (1975).
    """
    weights = [1.0]
    for running in range(1, callers + 1):
        thinking = callers - running + 1
        weights.append(weights[-1] * thinking * work_us / think_us / min(running, vcpu))
    law = np.array(weights) / sum(weights)
    thinking_mean = callers - float(law @ np.arange(callers + 1))
    return thinking_mean / (think_us / 1e6)


def slots_for_loss(*, offered: float, loss: float) -> int:
    """Fewest slots without a queue that lose at most a share of their arrivals."""
    inverse, slots = 1.0, 0
    while 1.0 / inverse > loss:
        slots += 1
        inverse = 1.0 + inverse * slots / offered
    return slots
