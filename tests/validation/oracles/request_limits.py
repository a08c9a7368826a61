"""V11: a token bucket lets its burst through, then its rate, whatever is offered above it."""

from functools import partial

from sim.engine.ec2_request_limits import InstanceClass, RequestClass, RequestLimitSizes
from sim.engine.token_bucket import TokenBucket
from sim.facts import catalogue
from sim.units import SECOND_US
from tests.validation.evidence import Chart, Oracle, Series, exactly

_SPAN_S = 60


def _outcomes(*, burst, refill_per_s, offered_per_s):
    """(seconds, passed) of evenly spaced requests, the first at zero."""
    bucket = TokenBucket(capacity=burst, refill_per_s=refill_per_s)
    outcomes = []
    for number in range(offered_per_s * _SPAN_S):
        now_us = number * SECOND_US // offered_per_s
        outcomes.append((now_us / SECOND_US, bucket.try_take(now_us=now_us)))
    return outcomes


def _overloaded(*, burst, refill_per_s, offered_per_s):
    """The bucket empties at the surplus rate, then passes what comes back."""
    outcomes = _outcomes(burst=burst, refill_per_s=refill_per_s, offered_per_s=offered_per_s)
    throttled_s = next(time_s for time_s, passed in outcomes if not passed)
    accepted = sum(passed for _, passed in outcomes)
    late = [passed for time_s, passed in outcomes if time_s >= _SPAN_S / 2]
    one_token_s = 1 / (offered_per_s - refill_per_s) + 1 / offered_per_s
    return [
        exactly(
            "first throttle, s",
            throttled_s,
            burst / (offered_per_s - refill_per_s),
            tolerance=one_token_s,
        ),
        exactly(
            f"accepted of {len(outcomes)}", accepted, burst + refill_per_s * _SPAN_S, tolerance=1
        ),
        exactly(
            "throttled share in the second half",
            1 - sum(late) / len(late),
            1 - refill_per_s / offered_per_s,
            tolerance=2 / len(late),
        ),
    ]


def _of_ec2(kind):
    """A bucket as the facts size it, offered so much that it is empty after at most 20 s."""
    sizes = RequestLimitSizes.of(catalogue())
    size = sizes.requests[kind] if isinstance(kind, RequestClass) else sizes.instances[kind]
    refill_per_s = int(size.refill_per_s)
    return _overloaded(
        burst=size.burst,
        refill_per_s=refill_per_s,
        offered_per_s=refill_per_s + -(-size.burst // 20),
    )


def _chart():
    outcomes = _outcomes(burst=200, refill_per_s=100, offered_per_s=150)[: 12 * 150]
    seconds, offered, accepted = [0.0], [0.0], [0.0]
    for number, (time_s, passed) in enumerate(outcomes, start=1):
        seconds.append(time_s)
        offered.append(float(number))
        accepted.append(accepted[-1] + passed)
    law = [min(count, 200 + 100 * time_s) for time_s, count in zip(seconds, offered, strict=True)]
    return Chart(
        "second",
        "requests since the start",
        [
            Series("offered", seconds, offered),
            Series("accepted", seconds, accepted),
            Series("min(offered, b + r t)", seconds[::50], law[::50], style="points"),
        ],
    )


ORACLES = (
    Oracle(
        number="V11",
        question="What does a token bucket let pass?",
        configuration=(
            "the bucket of every EC2 request limit, full at the start, offered evenly spaced "
            "requests for 60 s at more than it refills"
        ),
        cases={
            "r = 100/s, b = 200, offered 150/s": partial(
                _overloaded, burst=200, refill_per_s=100, offered_per_s=150
            ),
            "RunInstances requests": partial(_of_ec2, RequestClass.RUN_INSTANCES),
            "Describe requests": partial(_of_ec2, RequestClass.DESCRIBE),
            "TerminateInstances instances": partial(_of_ec2, InstanceClass.TERMINATE_INSTANCES),
        },
        chart=_chart,
    ),
)
