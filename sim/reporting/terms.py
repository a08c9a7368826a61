"""Keeps the words of the report explained, so that a reader needs no other page."""

from typing import NamedTuple


class Term(NamedTuple):
    """A word and what the report means by it."""

    word: str
    meaning: str


TERMS = (
    Term(
        "Lambda Managed Instances",
        "Lambda functions that run on EC2 instances in your own account. Lambda launches, fills "
        "and terminates the instances; you pay for them by the second, plus a fee and a price per "
        "request.",
    ),
    Term(
        "Capacity provider",
        "The named pool of instances that functions run on, with its zones, types and limit.",
    ),
    Term(
        "Execution environment",
        "The container on an instance in which a function's code runs. It holds a fixed number of "
        "vCPUs and serves several invocations at once.",
    ),
    Term(
        "Arrived",
        "Every invocation that a caller sent, once, however often it was tried and whatever became "
        "of it.",
    ),
    Term(
        "Throttled",
        "Turned away with error 429 because none of the execution environments tried had room (by "
        "concurrency limit, CPU, memory or disk), or none was in service. An invocation counts as "
        "throttled once its caller has given up: after the first attempt, unless the scenario "
        "gives the caller retries. Then every try is an attempt of its own. Asynchronous events "
        "wait in Lambda's own queue, messages in theirs, and are tried again.",
    ),
    Term(
        "Dead-lettered",
        "Given up: an asynchronous event that failed too often or was throttled until it reached "
        "its maximum age; a message that was received in vain too often, or that its queue has "
        "kept for as long as it keeps one.",
    ),
    Term(
        "Latency",
        "From the moment an invocation was meant to start until its answer, completed ones only.",
    ),
    Term(
        "p50, p99, p99.9",
        "Percentiles: half, 99 of 100, or 999 of 1000 completed invocations were no slower.",
    ),
    Term(
        "Busy vCPUs",
        "vCPUs that compute for an invocation, averaged over the time of a point.",
    ),
    Term(
        "Growth",
        "Arrival rate five minutes later over the rate now. Minutes with less than 5 % of the "
        "mean rate, or fewer than one arrival a second, do not count as a start.",
    ),
    Term(
        "0 of n (≤ …)",
        "None was seen in n. The bound is what the true rate stays under with 95 % confidence: "
        "3 / n.",
    ),
    Term(
        "Operator role",
        "The role that you give to Lambda so that it may launch instances on your behalf.",
    ),
    Term(
        "Service-linked role",
        "The role that Lambda keeps in your account to look after and terminate the instances.",
    ),
    Term(
        "Default Lambda",
        "Lambda without managed instances: one invocation at a time per environment, paid by the "
        "millisecond and by memory.",
    ),
)
"""Terms in the order of the report."""
