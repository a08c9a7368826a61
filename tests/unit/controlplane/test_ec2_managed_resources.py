"""Managed resources as customers see and tag them: hidden by default, shown on request."""

import pytest
from aws_examples import MANAGED
from small_worlds import PROVIDER_ARN, a_running_world, allow, document, granted, refused, user

from sim.engine.ec2_scheduled_events import ScheduledRetirement
from sim.engine.ec2_status_checks import StatusCheck, StatusImpairment
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import TagsChanged, VisibilityChanged

LISTS = {
    "DescribeInstances": "Reservations",
    "DescribeInstanceStatus": "InstanceStatuses",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribeVolumes": "Volumes",
}
INCLUDED = {"IncludeManagedResources": True}


def listed(world, operation, **request):
    """The entries of a Describe call."""
    return granted(world.call(f"ec2:{operation}", request))[LISTS[operation]]


@pytest.mark.parametrize("operation", LISTS)
def test_lists_hide_managed_resources_until_they_are_asked_for(operation):
    """Nothing unasked, everything with IncludeManagedResources or when made visible."""
    world = a_running_world()
    assert listed(world, operation) == []
    shown = listed(world, operation, **INCLUDED)
    assert shown
    answer = world.call("ec2:ModifyManagedResourceVisibility", {"DefaultVisibility": "visible"})
    assert granted(answer) == {"Visibility": {"DefaultVisibility": "visible"}}
    assert len(listed(world, operation)) == len(shown)
    assert [e.visibility for e in world.entries(VisibilityChanged)] == ["visible"]


def test_hidden_resources_are_found_by_name():
    """Whoever knows the identifier of an instance, interface or volume gets it."""
    world = a_running_world()
    (reservation,) = listed(world, "DescribeInstances", InstanceIds=[MANAGED])
    (instance,) = reservation["Instances"]
    assert instance["Operator"]["HiddenByDefault"]
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    found = listed(world, "DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])
    assert found[0]["Attachment"]["InstanceId"] == MANAGED
    volume = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    found = listed(world, "DescribeVolumes", VolumeIds=[volume])
    assert found[0]["Attachments"][0]["InstanceId"] == MANAGED
    visibility = granted(world.call("ec2:GetManagedResourceVisibility"))["Visibility"]
    assert visibility == {"DefaultVisibility": "hidden"}


def test_status_checks_tell_what_fails_and_what_is_announced():
    """An impaired system shows as such, and a retirement with its date."""
    world = a_running_world()
    laws = world.system.world.ec2.laws
    now_us = world.system.foundation.kernel.now_us
    scope = TroubleScope(instances=(MANAGED,))
    laws.status_checks.add(
        StatusImpairment(StatusCheck.SYSTEM, scope, TroubleSpan(now_us, now_us + 10**9))
    )
    laws.scheduled_events.add(ScheduledRetirement(scope, now_us, now_us + 10**10))
    status, other = listed(world, "DescribeInstanceStatus", **INCLUDED)[:2]
    assert status["InstanceStatus"]["Status"] == "ok"
    assert status["SystemStatus"]["Status"] == "impaired"
    assert status["Events"][0]["Code"] == "instance-retirement"
    assert other["SystemStatus"]["Status"] == "ok"
    assert other["Events"] == []


def test_customers_tag_managed_resources_with_tags_of_their_own():
    """Tags are put on, shown and taken off; those of AWS stay, and all is written down."""
    world = a_running_world()
    tag = {"Key": "team", "Value": "web"}
    granted(world.call("ec2:CreateTags", {"Resources": [MANAGED], "Tags": [tag]}))
    filters = [{"Name": "resource-id", "Values": [MANAGED]}]
    tags = granted(world.call("ec2:DescribeTags", {"Filters": filters}))["Tags"]
    assert [(t["Key"], t["ResourceType"]) for t in tags] == [
        ("aws:lambda:capacity-provider", "instance"),
        ("team", "instance"),
    ]
    granted(world.call("ec2:DeleteTags", {"Resources": [MANAGED]}))
    tags = granted(world.call("ec2:DescribeTags", {"Filters": filters}))["Tags"]
    assert [t["Value"] for t in tags] == [PROVIDER_ARN]
    assert len(world.entries(TagsChanged, identifier=MANAGED)) == 2


@pytest.mark.parametrize(
    ("operation", "request_members", "code", "text"),
    [
        ("CreateTags", {"Tags": [{"Key": "aws:x"}]}, "InvalidParameterValue", "reserved for int"),
        ("DeleteTags", {"Tags": [{"Key": "aws:x"}]}, "InvalidParameterValue", "reserved for int"),
        ("CreateTags", {"Tags": [{"Key": ""}]}, "InvalidParameterValue", "cannot be empty"),
        ("CreateTags", {"Tags": [{"Key": "k" * 129}]}, "InvalidParameterValue", "length of 128"),
        (
            "CreateTags",
            {"Tags": [{"Key": f"k{n}"} for n in range(51)]},
            "TagLimitExceeded",
            "The maximum number of 50 tags",
        ),
        ("CreateTags", {"Tags": []}, "MissingParameter", "tagSet"),
        (
            "CreateTags",
            {"Resources": ["i-x"], "Tags": [{"Key": "a"}]},
            "InvalidInstanceID.NotFound",
            "i-x",
        ),
        (
            "CreateTags",
            {"Resources": ["x"], "Tags": [{"Key": "a"}]},
            "InvalidID",
            "'x' is not valid",
        ),
    ],
)
def test_tags_that_cannot_be_are_refused(operation, request_members, code, text):
    """Reserved, empty, long and too many tags, and unknown resources; nothing changes."""
    world = a_running_world()
    before = world.state()
    request = {"Resources": [MANAGED], **request_members}
    refused(world.call(f"ec2:{operation}", request), code, text)
    assert world.state() == before


def test_the_operator_is_a_condition_of_tagging():
    """A policy can let somebody tag only what Lambda's scaler operates."""
    condition = {"StringEquals": {"ec2:ManagedResourceOperator": "scaler.lambda.amazonaws.com"}}
    world = a_running_world(somebody=document(allow("ec2:CreateTags", condition=condition)))
    tags = {"Tags": [{"Key": "team", "Value": "web"}]}
    managed = {"Resources": [MANAGED], **tags}
    granted(world.call("ec2:CreateTags", managed, by="somebody"))
    own = {"Resources": ["vpc-main"], **tags}
    refused(world.call("ec2:CreateTags", own, by=user("somebody")), "UnauthorizedOperation")


def test_tags_of_a_managed_instance_decide_about_its_termination():
    """What a customer puts on is a key of later decisions about the instance."""
    world = a_running_world()
    tag = {"Key": "team", "Value": "web"}
    granted(world.call("ec2:CreateTags", {"Resources": [MANAGED], "Tags": [tag]}))
    instance = world.system.world.ec2.instances[MANAGED]
    assert dict(instance.tags)["team"] == "web"


def test_types_offerings_and_images_are_those_that_lambda_chooses_from():
    """Types by name, offerings by zone, images by owner."""
    world = a_running_world()
    request = {"InstanceTypes": ["m8g.xlarge"]}
    (kind,) = granted(world.call("ec2:DescribeInstanceTypes", request))["InstanceTypes"]
    assert kind["VCpuInfo"] == {"DefaultVCpus": 4}
    refused(
        world.call("ec2:DescribeInstanceTypes", {"InstanceTypes": ["m8g.tiny"]}),
        "InvalidInstanceType",
        "do not exist: [m8g.tiny]",
    )
    filters = [{"Name": "instance-type", "Values": ["m8g.xlarge"]}]
    by_zone = {"LocationType": "availability-zone", "Filters": filters}
    offered = granted(world.call("ec2:DescribeInstanceTypeOfferings", by_zone))
    zones = {o["Location"] for o in offered["InstanceTypeOfferings"]}
    assert "us-east-1a" in zones
    world.system.world.ec2.laws.offerings.withdraw("m8g.xlarge", "us-east-1a")
    offered = granted(world.call("ec2:DescribeInstanceTypeOfferings", by_zone))
    assert {o["Location"] for o in offered["InstanceTypeOfferings"]} == zones - {"us-east-1a"}
    images = granted(world.call("ec2:DescribeImages", {"Owners": ["amazon"]}))["Images"]
    assert len(images) == 3
    assert granted(world.call("ec2:DescribeImages", {"Owners": ["self"]}))["Images"] == []
