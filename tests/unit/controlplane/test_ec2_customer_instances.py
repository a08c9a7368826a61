"""Customers' own instances: their life, what they count toward, and what is refused."""

import pytest
from aws_examples import IMAGE, MANAGED, ON_INSTANCES
from small_worlds import (
    a_bare_world,
    a_running_world,
    allow,
    document,
    granted,
    refused,
)

from sim.model.journal_entries import CustomerInstanceChanged

LAUNCH = {
    "ImageId": IMAGE,
    "InstanceType": "m8g.large",
    "MinCount": 1,
    "MaxCount": 1,
    "SubnetId": "subnet-a",
}


def launched(world, **changes):
    """Identifiers of new instances."""
    made = granted(world.call("ec2:RunInstances", {**LAUNCH, **changes}))["Instances"]
    return [instance["InstanceId"] for instance in made]


def shown(world, *ids, **more):
    """Instances as DescribeInstances shows them."""
    answer = world.call("ec2:DescribeInstances", {"InstanceIds": list(ids), **more})
    return [i for reservation in granted(answer)["Reservations"] for i in reservation["Instances"]]


def act(world, operation, *ids):
    """The answer to a call about instances."""
    return world.call(f"ec2:{operation}", {"InstanceIds": list(ids)})


def states(answer, member):
    """States before and after, by instance."""
    return {
        change["InstanceId"]: (change["PreviousState"]["Name"], change["CurrentState"]["Name"])
        for change in granted(answer)[member]
    }


def test_an_instance_runs_stops_starts_and_ends():
    """Each step is answered with the states before and after, takes its time and is journaled."""
    world = a_bare_world()
    (name,) = launched(world)
    assert shown(world.at("12s"), name)[0]["State"]["Name"] == "pending"
    assert shown(world.at("2m"), name)[0]["State"]["Name"] == "running"
    answer = act(world, "StopInstances", name)
    assert states(answer, "StoppingInstances") == {name: ("running", "stopping")}
    assert shown(world.at("10m"), name)[0]["State"]["Name"] == "stopped"
    answer = act(world, "StartInstances", name)
    assert states(answer, "StartingInstances") == {name: ("stopped", "pending")}
    world.at("12m")
    granted(act(world, "RebootInstances", name))
    answer = act(world, "TerminateInstances", name)
    assert states(answer, "TerminatingInstances") == {name: ("running", "shutting-down")}
    (last,) = shown(world.at("20m"), name)
    assert last["State"] == {"Code": 48, "Name": "terminated"}
    assert last["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    told = [e.new_state for e in world.entries(CustomerInstanceChanged)]
    assert told == [
        "pending",
        "running",
        "stopping",
        "stopped",
        "pending",
        "running",
        "shutting-down",
        "terminated",
    ]
    assert world.system.observers.report().violations == ()


def test_an_instance_shows_nobody_as_operator():
    """It is listed unasked, in the reservation of its launch, with what it is made of."""
    world = a_bare_world()
    first = launched(world, MinCount=2, MaxCount=2)
    second = launched(world)
    world.at("2m")
    answer = granted(world.call("ec2:DescribeInstances"))["Reservations"]
    assert [[i["InstanceId"] for i in r["Instances"]] for r in answer] == [first, second]
    one = answer[0]["Instances"][0]
    assert one["Operator"] == {"Managed": False}
    assert one["SecurityGroups"][0]["GroupName"] == "default"
    assert one["VpcId"] == "vpc-main"


def test_instances_count_toward_the_quota_until_they_stop():
    """A stopped instance gives its vCPUs back and needs them again to start."""
    world = a_bare_world()
    quota = world.system.world.ec2.laws.vcpu_quota
    quota.set_limit(4)
    (name, other) = launched(world, MinCount=2, MaxCount=2)
    refused(world.call("ec2:RunInstances", LAUNCH), "VcpuLimitExceeded", "vCPU limit of 4")
    world.at("2m")
    granted(act(world, "StopInstances", name))
    world.at("10m")
    launched(world)
    refused(act(world, "StartInstances", name), "VcpuLimitExceeded")
    granted(act(world, "TerminateInstances", name, other))
    world.at("20m")
    assert quota.left_vcpu() == 2
    granted(act(world, "TerminateInstances", *launched(world)))
    assert quota.left_vcpu() == 0
    assert world.system.observers.report().violations == ()


def test_a_quota_is_shared_with_lambda():
    """What customers run is missing when Lambda launches."""
    world = a_bare_world()
    world.system.world.ec2.laws.vcpu_quota.set_limit(2)
    launched(world)
    assert world.system.world.ec2.laws.vcpu_quota.left_vcpu() == 0


def test_a_client_token_makes_a_repeated_launch_harmless():
    """The same instances come again; another request with the token is refused."""
    world = a_bare_world()
    first = launched(world, ClientToken="mine")
    assert launched(world, ClientToken="mine") == first
    other = world.call("ec2:RunInstances", {**LAUNCH, "ClientToken": "mine", "MaxCount": 2})
    refused(other, "IdempotentParameterMismatch")


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"ImageId": ""}, "MissingParameter", "must contain the parameter ImageId"),
        ({"InstanceType": ""}, "MissingParameter", "InstanceType"),
        ({"MinCount": 2}, "InvalidParameterValue", "minCount"),
        ({"SubnetId": ""}, "VPCIdNotSpecified", "No default VPC for this user"),
        ({"ImageId": "ami-x"}, "InvalidAMIID.NotFound", "The image id '[ami-x]' does not exist"),
        ({"InstanceType": "m8g.tiny"}, "InvalidParameterValue", "Invalid value 'm8g.tiny'"),
        ({"InstanceType": "m8i.large"}, "InvalidParameterValue", "does not match the architecture"),
        ({"SubnetId": "subnet-x"}, "InvalidSubnetID.NotFound", "subnet-x"),
        ({"SecurityGroupIds": ["sg-x"]}, "InvalidGroup.NotFound", "sg-x"),
    ],
)
def test_a_launch_that_cannot_be_is_refused(changes, code, text):
    """Each refusal has EC2's code and words and makes nothing."""
    world = a_bare_world()
    before = world.state()
    refused(world.call("ec2:RunInstances", {**LAUNCH, **changes}), code, text)
    assert world.state() == before


def test_group_and_subnet_of_a_launch_lie_in_one_vpc():
    """A group of another VPC is refused by name."""
    world = a_bare_world()
    vpc = granted(world.call("ec2:CreateVpc", {"CidrBlock": "10.1.0.0/16"}))["Vpc"]["VpcId"]
    request = {"VpcId": vpc, "GroupName": "g", "Description": "d"}
    group = granted(world.call("ec2:CreateSecurityGroup", request))["GroupId"]
    answer = world.call("ec2:RunInstances", {**LAUNCH, "SecurityGroupIds": [group]})
    refused(answer, "InvalidParameter", f"Security group {group} and subnet subnet-a belong to")


@pytest.mark.parametrize("operation", ON_INSTANCES)
def test_managed_instances_are_refused_to_everybody(operation):
    """Even an administrator meets an explicit deny of EC2's, and nothing happens."""
    world = a_running_world()
    before = world.state()
    named = {"InstanceIds": [MANAGED]}
    if operation == "ec2:ModifyInstanceAttribute":
        named = {"InstanceId": MANAGED, "DisableApiTermination": {"Value": True}}
    message = refused(world.call(operation, named), "UnauthorizedOperation")
    assert f"perform: {operation} on resource" in message
    assert "with an explicit deny in a resource-based policy" in message
    assert world.state() == before


def test_one_managed_instance_refuses_the_whole_call():
    """A call names all or none."""
    world = a_running_world()
    (own,) = launched(world)
    refused(act(world, "TerminateInstances", own, MANAGED), "UnauthorizedOperation")
    assert shown(world.at("5m"), own)[0]["State"]["Name"] == "running"


def test_a_wrong_state_is_told():
    """What is pending cannot be stopped; what is unknown is not found."""
    world = a_bare_world()
    (name,) = launched(world)
    refused(act(world, "StopInstances", name), "IncorrectInstanceState", f"'{name}' is not in")
    refused(act(world, "StopInstances", "i-none"), "InvalidInstanceID.NotFound", "'i-none'")
    for operation in ("StopInstances", "TerminateInstances"):
        refused(act(world, operation), "MissingParameter", "InstanceId")


def test_a_protected_instance_is_terminated_only_without_protection():
    """DisableApiTermination is set at launch or later, and taken off again."""
    world = a_bare_world()
    (name,) = launched(world, DisableApiTermination=True)
    answer = act(world, "TerminateInstances", name)
    refused(answer, "OperationNotPermitted", "Modify its 'disableApiTermination' instance attr")
    modify = {"InstanceId": name, "DisableApiTermination": {"Value": False}}
    granted(world.call("ec2:ModifyInstanceAttribute", modify))
    granted(act(world, "TerminateInstances", name))
    bare = world.call("ec2:ModifyInstanceAttribute", {"InstanceId": name})
    refused(bare, "InvalidParameterCombination", "No attributes specified.")


def test_a_dry_run_of_a_termination_ends_nothing():
    """Permission is asked for, the instance goes on, and the call is written down once."""
    world = a_bare_world()
    (name,) = launched(world)
    request = {"InstanceIds": [name], "DryRun": True}
    refused(world.call("ec2:TerminateInstances", request), "DryRunOperation")
    assert len(world.calls("ec2:TerminateInstances")) == 1
    assert shown(world.at("2m"), name)[0]["State"]["Name"] == "running"


def test_iam_is_asked_about_every_resource_of_a_launch():
    """A policy without the subnet launches nothing; operators are no business of customers."""
    kinds = ["image", "instance", "network-interface", "volume", "security-group"]
    policy = document(allow("ec2:RunInstances", [f"arn:aws:ec2:*:*:{k}/*" for k in kinds]))
    world = a_bare_world(somebody=policy)
    answer = world.call("ec2:RunInstances", LAUNCH, by="somebody")
    refused(answer, "UnauthorizedOperation", "subnet/subnet-a")
