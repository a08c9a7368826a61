"""EC2's request limits: which bucket a call draws on, and that buckets do not mix."""

import pytest

from sim.engine.ec2_request_limits import (
    BucketSize,
    InstanceClass,
    RequestClass,
    RequestLimits,
    RequestLimitSizes,
    request_class,
)
from sim.facts import catalogue
from sim.units import SECOND_US

PUBLISHED = {
    RequestClass.DESCRIBE: (100, 20),
    RequestClass.UNFILTERED_DESCRIBE: (50, 10),
    RequestClass.MUTATING: (50, 5),
    RequestClass.RESOURCE_INTENSIVE: (50, 5),
    RequestClass.CONSOLE: (100, 10),
    RequestClass.RUN_INSTANCES: (5, 2),
    RequestClass.START_INSTANCES: (5, 2),
    RequestClass.TERMINATE_INSTANCES: (100, 5),
    RequestClass.CREATE_NETWORK_INTERFACE: (100, 5),
    RequestClass.DELETE_NETWORK_INTERFACE: (100, 5),
    RequestClass.CREATE_VOLUME: (100, 5),
    RequestClass.CREATE_TAGS: (100, 10),
    RequestClass.DELETE_TAGS: (100, 10),
    RequestClass.DESCRIBE_INSTANCE_TOPOLOGY: (1, 1),
}
PUBLISHED_INSTANCES = {
    InstanceClass.RUN_INSTANCES: (1000, 2),
    InstanceClass.START_INSTANCES: (1000, 2),
    InstanceClass.TERMINATE_INSTANCES: (1000, 20),
    InstanceClass.STOP_INSTANCES: (1000, 20),
}


def the_limits():
    """Buckets as AWS sizes them."""
    return RequestLimits(RequestLimitSizes.of(catalogue()))


def passed(limits, action, *, now_us=0, **question):
    """How many of 2,000 requests at one instant pass."""
    return sum(limits.admit(action, now_us=now_us, **question) is None for _ in range(2000))


def test_every_row_of_the_published_table_is_there():
    """Sizes of all buckets as AWS publishes them, none more and none fewer."""
    sizes = RequestLimitSizes.of(catalogue())
    assert sizes.requests == {c: BucketSize(*row) for c, row in PUBLISHED.items()}
    assert sizes.instances == {c: BucketSize(*row) for c, row in PUBLISHED_INSTANCES.items()}


@pytest.mark.parametrize(
    ("action", "question", "expected"),
    [
        ("RunInstances", {}, RequestClass.RUN_INSTANCES),
        ("DescribeSubnets", {}, RequestClass.DESCRIBE),
        ("GetConsoleOutput", {}, RequestClass.DESCRIBE),
        ("DescribeInstances", {}, RequestClass.DESCRIBE),
        ("DescribeInstances", {"is_unfiltered": True}, RequestClass.UNFILTERED_DESCRIBE),
        ("DescribeSubnets", {"is_unfiltered": True}, RequestClass.DESCRIBE),
        ("DescribeInstanceTopology", {}, RequestClass.DESCRIBE_INSTANCE_TOPOLOGY),
        ("ModifyInstanceAttribute", {}, RequestClass.MUTATING),
        ("CreateKeyPair", {}, RequestClass.RESOURCE_INTENSIVE),
        ("DescribeSubnets", {"is_from_console": True}, RequestClass.CONSOLE),
        ("RunInstances", {"is_from_console": True}, RequestClass.RUN_INSTANCES),
    ],
)
def test_every_action_has_its_row(action, question, expected):
    """An action's own row wins, then who asks, then what sort of action it is."""
    assert request_class(action, **question) is expected


def test_the_burst_passes_and_then_the_rate():
    """Five RunInstances at once; two a second later."""
    limits = the_limits()
    assert passed(limits, "ec2:RunInstances") == 5
    assert passed(limits, "ec2:RunInstances", now_us=SECOND_US) == 2


def test_the_refusal_is_the_one_of_ec2():
    """Code and text as EC2 writes them."""
    limits = the_limits()
    passed(limits, "ec2:RunInstances")
    error = limits.admit("ec2:RunInstances", now_us=0)
    assert (error.code, error.message) == ("RequestLimitExceeded", "Request limit exceeded.")


def test_each_action_is_limited_on_its_own():
    """Actions of one class have buckets of one size, not one bucket."""
    limits = the_limits()
    assert passed(limits, "ec2:DescribeSubnets") == 100
    assert passed(limits, "ec2:DescribeInstances") == 100
    assert passed(limits, "ec2:DescribeInstances", is_unfiltered=True) == 50
    assert passed(limits, "ec2:RunInstances") == 5


def test_instances_are_tokens_too():
    """A request for more instances than there are tokens is refused, and costs none."""
    limits = the_limits()
    assert limits.admit_instances("ec2:RunInstances", 1001, now_us=0) is not None
    assert limits.admit_instances("ec2:RunInstances", 1000, now_us=0) is None
    limits.take_instances("ec2:RunInstances", 999, now_us=0)
    assert limits.admit_instances("ec2:RunInstances", 2, now_us=0) is not None
    assert limits.admit_instances("ec2:RunInstances", 3, now_us=SECOND_US) is None
