"""EC2 as customers call it: what Describe shows, how late, and how often it may be asked."""

from small_worlds import a_running_world, granted, refused, user

from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.troubles import TroubleSpan

ADMINISTRATOR = user("administrator")


def described(world, *ids):
    """DescribeInstances by the administrator."""
    request = {"InstanceIds": list(ids)} if ids else {"IncludeManagedResources": True}
    control_plane = world.system.control_plane
    return control_plane.call("ec2:DescribeInstances", ADMINISTRATOR, request)


def instances(answer):
    """The instances of an answer, in whatever reservations."""
    return [i for reservation in granted(answer)["Reservations"] for i in reservation["Instances"]]


def test_an_instance_shows_its_parts_and_no_reason_while_it_runs():
    """Address, interface and volumes, as EC2's shape has them."""
    world = a_running_world()
    (first, *_) = instances(described(world))
    assert first["State"] == {"Code": 16, "Name": "running"}
    assert first["PrivateIpAddress"] == "10.0.0.4"
    assert len(first["BlockDeviceMappings"]) == 2
    assert first["NetworkInterfaces"][0]["NetworkInterfaceId"].startswith("eni-")
    assert "StateReason" not in first


def test_a_terminated_instance_shows_why_and_no_parts():
    """Client.UserInitiatedShutdown, until it is forgotten an hour later."""
    world = a_running_world()
    world.system.control_plane.call(
        "lambda:DeleteFunction", ADMINISTRATOR, {"FunctionName": "site"}
    )
    world.at("20m")
    (first, *_) = instances(described(world))
    assert first["State"] == {"Code": 48, "Name": "terminated"}
    assert first["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert "PrivateIpAddress" not in first


def test_an_answer_may_be_too_old_to_know_an_instance():
    """With a lag of an hour nothing is there yet: by name an error, in the list nothing."""
    world = a_running_world()
    world.system.world.ec2.laws.described.set_lag(3_600_000_000)
    refused(described(world, "i-00000000000000001"), "InvalidInstanceID.NotFound")
    assert instances(described(world)) == []


def test_asking_for_everything_is_limited_more_than_asking_by_name():
    """Fifty unfiltered calls at once, a hundred by name; both are told as throttles."""
    world = a_running_world()
    answers = [described(world) for _ in range(51)]
    assert [getattr(a, "code", "") for a in answers] == [""] * 50 + ["RequestLimitExceeded"]
    by_name = [described(world, "i-00000000000000001") for _ in range(101)]
    refused(by_name[100], "RequestLimitExceeded", "Request limit exceeded.")


def test_a_provider_is_not_created_while_ec2_does_not_answer_lambda():
    """What is no matter of permission is told as trouble of the service."""
    world = a_running_world()
    span = TroubleSpan(0, 10**15)
    trouble = ApiTrouble(ApiTroubleKind.UNAVAILABLE, ("ec2:Describe*",), span)
    world.system.world.ec2.laws.api_troubles.add(trouble)
    (created, *_) = world.calls("lambda:CreateCapacityProvider")
    assert not created.error_code
    provider = world.system.world.capacity_providers.by_name["web"]
    request = {
        "CapacityProviderName": "second",
        "VpcConfig": {"SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-functions"]},
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": provider.operator_role_arn},
    }
    answer = world.system.control_plane.call(
        "lambda:CreateCapacityProvider", ADMINISTRATOR, request
    )
    refused(answer, "ServiceException", "Unavailable")
