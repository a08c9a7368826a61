"""What IAM is asked for a launch and a termination: resources, and the keys that each one has."""

from engine_bench import PROVIDER_ARN, Bench

from sim.engine.ec2_authorization import (
    Ec2Place,
    RunInstancesRequest,
    describe_check,
    run_instances_checks,
    terminate_instance_check,
)

PLACE = Ec2Place("us-east-1", "123456789012")
TAG = "aws:lambda:capacity-provider"


def a_request(**overrides):
    """A launch as Lambda makes it."""
    settings = {
        "instance_type": "m7g.xlarge",
        "count": 2,
        "subnet": "subnet-a",
        "vpc": "vpc-main",
        "availability_zone": "us-east-1a",
        "security_groups": ("sg-1", "sg-2"),
        "image": "ami-1",
        "image_owner": "amazon",
        "operator": "scaler.lambda.amazonaws.com",
        "tags": {TAG: PROVIDER_ARN},
    }
    return RunInstancesRequest(**(settings | overrides))


def checks_of(action, **overrides):
    """The checks of one action, by the kind of resource, in order."""
    checks = run_instances_checks(a_request(**overrides), PLACE)
    return [
        (check.resource.split(":", 5)[5].split("/")[0], check)
        for check in checks
        if check.action == action
    ]


def test_a_launch_is_checked_on_every_resource_it_touches():
    """Image, instance, network interface, volume, subnet and each security group, once each."""
    kinds = [kind for kind, _ in checks_of("ec2:RunInstances")]
    assert kinds == [
        "image",
        "instance",
        "network-interface",
        "volume",
        "subnet",
        "security-group",
        "security-group",
    ]


def test_resources_that_exist_are_named_and_new_ones_are_not():
    """An image has no account; what the launch creates is `*`."""
    arns = [check.resource for _, check in checks_of("ec2:RunInstances")]
    prefix = "arn:aws:ec2:us-east-1:123456789012"
    assert arns == [
        "arn:aws:ec2:us-east-1::image/ami-1",
        f"{prefix}:instance/*",
        f"{prefix}:network-interface/*",
        f"{prefix}:volume/*",
        f"{prefix}:subnet/subnet-a",
        f"{prefix}:security-group/sg-1",
        f"{prefix}:security-group/sg-2",
    ]


def test_the_number_of_security_groups_is_the_number_of_their_checks():
    """None without groups."""
    kinds = [kind for kind, _ in checks_of("ec2:RunInstances", security_groups=())]
    assert "security-group" not in kinds


def test_only_what_the_launch_creates_carries_operator_and_tags():
    """Image, subnet and security group have neither key, so a condition on them is not met."""
    for kind, check in checks_of("ec2:RunInstances"):
        is_created = kind in ("instance", "network-interface", "volume")
        assert ("ec2:ManagedResourceOperator" in check.context) == is_created
        assert (f"aws:RequestTag/{TAG}" in check.context) == is_created
        assert ("aws:TagKeys" in check.context) == is_created


def test_keys_of_one_kind_do_not_leak_to_another():
    """Instance type, subnet, encryption and owner stand with their own resource alone."""
    contexts = dict(checks_of("ec2:RunInstances"))
    owners = {
        "ec2:InstanceType": {"instance"},
        "ec2:Subnet": {"network-interface"},
        "ec2:SubnetID": {"subnet"},
        "ec2:Encrypted": {"volume"},
        "ec2:Owner": {"image"},
        "ec2:Vpc": {"network-interface", "subnet", "security-group"},
        "ec2:AvailabilityZone": {"instance", "network-interface", "volume", "subnet"},
        "ec2:Region": set(contexts),
    }
    for key, kinds in owners.items():
        assert {kind for kind, check in contexts.items() if key in check.context} == kinds, key


def test_create_tags_is_checked_once_per_tagged_resource():
    """Instance, network interface and volume, in the context of a launch."""
    tagged = checks_of("ec2:CreateTags")
    assert [kind for kind, _ in tagged] == ["instance", "network-interface", "volume"]
    assert all(c.context["ec2:CreateAction"] == ("RunInstances",) for _, c in tagged)
    assert all(c.context["aws:TagKeys"] == (TAG,) for _, c in tagged)


def test_a_launch_without_tags_asks_for_no_tagging():
    """No tags, no CreateTags check and no tag keys."""
    assert checks_of("ec2:CreateTags", tags={}) == []
    contexts = [check.context for _, check in checks_of("ec2:RunInstances", tags={})]
    assert not any(key.startswith("aws:") for context in contexts for key in context)


def test_a_launch_without_operator_has_no_operator_key():
    """A customer's own launch lacks the key on which the operator policy insists."""
    contexts = [check.context for _, check in checks_of("ec2:RunInstances", operator=None)]
    assert not any("ec2:ManagedResourceOperator" in context for context in contexts)


def test_a_termination_is_checked_on_the_instance_with_its_tags():
    """Resource tags and operator of the instance are there for conditions."""
    bench = Bench()
    bench.published()
    instance = next(iter(bench.provider.instances.values()))
    check = terminate_instance_check(instance, PLACE)
    assert check.resource.endswith(f":instance/{instance.instance_id}")
    assert check.context[f"aws:ResourceTag/{TAG}"] == (PROVIDER_ARN,)
    assert check.context["ec2:ManagedResourceOperator"] == ("scaler.lambda.amazonaws.com",)


def test_describe_calls_have_no_resource():
    """Their resource is `*`, whatever is looked at."""
    assert describe_check("ec2:DescribeSubnets", PLACE).resource == "*"
