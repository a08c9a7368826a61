"""Filters of Describe calls: all must hold, of the values one, with AWS's two wildcards."""

import pytest
from aws_examples import IMAGE
from network_words import Network
from small_worlds import a_running_world, granted, refused

from sim.controlplane.ec2_service.filters import holds
from sim.controlplane.ec2_service.input_shapes import Filter

ROW = {
    "VpcId": "vpc-1",
    "IsDefault": False,
    "Count": 11,
    "Set": [{"Cidr": "10.0.0.0/16"}, {"Cidr": "10.1.0.0/16"}],
    "Tags": [{"Key": "Name", "Value": "a*b"}, {"Key": "team", "Value": "web"}],
}
PATHS = {"vpc-id": "VpcId", "is-default": "IsDefault", "count": "Count", "cidr": "Set.Cidr"}


def passes(name, *values):
    """Whether the entry passes one filter."""
    return holds(ROW, [Filter.model_validate({"Name": name, "Values": list(values)})], PATHS)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("vpc-id", ["vpc-1"], True),
        ("vpc-id", ["vpc-2", "vpc-1"], True),
        ("vpc-id", ["VPC-1"], False),
        ("vpc-id", ["vpc-?"], True),
        ("vpc-id", ["v*"], True),
        ("vpc-id", ["?"], False),
        ("vpc-id", [], False),
        ("is-default", ["false"], True),
        ("count", ["11"], True),
        ("cidr", ["10.1.*"], True),
        ("cidr", ["10.2.*"], False),
        ("tag:team", ["web"], True),
        ("tag:team", ["ops"], False),
        ("tag:Name", [r"a\*b"], True),
        ("tag:Name", [r"a\*c"], False),
        ("tag:nobody", ["*"], False),
        ("tag-key", ["te?m"], True),
    ],
)
def test_a_filter_keeps_what_one_of_its_values_matches(name, values, expected):
    """Wildcards, escapes, numbers, booleans, lists and tags; letters count as they are."""
    assert passes(name, *values) is expected


def test_all_filters_must_hold():
    """Two filters keep what both keep."""
    network = Network(a_running_world())
    zone = {"Name": "availability-zone", "Values": ["us-east-1a"]}
    named = {"Name": "subnet-id", "Values": ["subnet-b"]}
    assert len(network.make("DescribeSubnets", Filters=[zone])["Subnets"]) == 1
    assert network.make("DescribeSubnets", Filters=[zone, named])["Subnets"] == []


@pytest.mark.parametrize(
    ("request_members", "code", "text"),
    [
        ({"Filters": [{"Name": "colour"}]}, "InvalidParameterValue", "The filter 'colour' is inv"),
        ({"Filters": [{"Values": ["x"]}]}, "InvalidParameterValue", "The filter '' is invalid"),
        (
            {"Filters": [{"Name": "vpc-id", "Values": ["x"] * 201}]},
            "FilterLimitExceeded",
            "on a single call is 200",
        ),
        ({"NextToken": "?"}, "InvalidNextToken", "not valid"),
        (
            {"MaxResults": 5, "SubnetIds": ["subnet-a"]},
            "InvalidParameterCombination",
            "cannot be used with the parameter maxResults",
        ),
        ({"MaxResults": 4}, "InvalidParameterValue", "greater than or equal to 5"),
    ],
)
def test_a_list_that_cannot_be_told_is_refused(request_members, code, text):
    """Unknown filters, too many values, foreign tokens and sizes that EC2 does not take."""
    refused(Network().ask("DescribeSubnets", **request_members), code, text)


def test_a_page_size_that_the_model_leaves_open_is_checked_too():
    """DescribeInstances takes 5 to 1000, in EC2's words."""
    network = Network()
    answer = network.ask("DescribeInstances", MaxResults=4)
    refused(answer, "InvalidParameterValue", "Value ( 4 ) for parameter maxResults is invalid.")
    refused(network.ask("DescribeInstances", MaxResults=1001), "InvalidParameterValue", "1000")


@pytest.mark.parametrize(
    ("operation", "member"),
    [("DescribeInstances", "Reservations"), ("DescribeInstanceStatus", "InstanceStatuses")],
)
def test_an_instance_that_is_named_twice_is_told_once(operation, member):
    """As subnets and everything else are."""
    world = a_running_world()
    name = world.launched()[0].instance_id
    answer = granted(world.call(f"ec2:{operation}", {"InstanceIds": [name, name]}))
    (told,) = answer[member]
    assert len(told.get("Instances", [told])) == 1


def test_instances_are_found_by_what_they_carry():
    """By operator, by the tag of their provider, by state and by type."""
    world = a_running_world()
    launch = {"ImageId": IMAGE, "MinCount": 1, "MaxCount": 1, "SubnetId": "subnet-a"}
    granted(world.call("ec2:RunInstances", {**launch, "InstanceType": "m8g.large"}))
    world.at("5m")

    def found(name, value):
        request = {
            "IncludeManagedResources": True,
            "Filters": [{"Name": name, "Values": [value]}],
        }
        reservations = granted(world.call("ec2:DescribeInstances", request))["Reservations"]
        return sum(len(r["Instances"]) for r in reservations)

    managed = len(world.launched())
    assert found("operator.managed", "true") == managed
    assert found("operator.principal", "scaler.*") == managed
    assert found("operator.managed", "false") == 1
    assert found("tag:aws:lambda:capacity-provider", "*:capacity-provider:web") == managed
    assert found("instance-state-name", "running") == managed + 1
    assert found("instance-type", "m8g.large") == 1
