"""EC2: nothing exists unless every check passed, addresses are counted, only Lambda terminates."""

from dataclasses import replace

import pytest
from engine_bench import LINKED_ROLE_ARN, OPERATOR_ROLE_ARN, Bench, Dials, a_session
from test_engine_ec2_authorization import a_request

from sim.engine.ec2 import Launch
from sim.model.api_results import ApiError, ApiSuccess
from sim.model.journal_entries import ApiCalled, InstanceLaunched, PurposeOfLaunch
from sim.model.states import ManagedInstanceState

OPERATOR = a_session(OPERATOR_ROLE_ARN)
LINKED = a_session(LINKED_ROLE_ARN, label="service-linked role")


def a_launch(**overrides):
    """An order of two instances for subnet a."""
    request = a_request(**({"security_groups": ("sg-functions",)} | overrides))
    return Launch(request, "web", PurposeOfLaunch.SCALE_OUT)


def test_an_allowed_launch_makes_what_was_asked_for():
    """Two pending instances with operator, tags and an identifier of their own."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    assert len({i.instance_id for i in launched}) == 2
    assert all(i.state is ManagedInstanceState.PENDING for i in launched)
    assert len(bench.of(InstanceLaunched)) == 2
    call = bench.calls("ec2:RunInstances")[0]
    assert call.detail == "type=m7g.xlarge count=2 zone=us-east-1a"
    assert call.resource == " ".join(i.instance_id for i in launched)


@pytest.mark.parametrize("action", ["ec2:RunInstances", "ec2:CreateTags"])
def test_a_denied_launch_makes_nothing(action):
    """One denial, be it for tagging only, refuses the whole call."""
    bench = Bench()
    bench.authority.denied.add(action)
    answer = bench.ec2.run_instances(OPERATOR, a_launch())
    assert isinstance(answer, ApiError)
    assert answer.code == "UnauthorizedOperation"
    assert bench.ec2.instances == {}
    assert bench.of(InstanceLaunched) == []


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"subnet": "subnet-x"}, "InvalidSubnetID.NotFound"),
        ({"security_groups": ("sg-functions", "sg-x")}, "InvalidGroup.NotFound"),
        ({"count": 5}, "InsufficientFreeAddressesInSubnet"),
    ],
)
def test_ec2_refuses_what_it_cannot_do_all_or_nothing(overrides, code):
    """Unknown subnet, unknown group, too few addresses: an error, and no instance at all."""
    bench = Bench(Dials(address_count=4))
    answer = bench.ec2.run_instances(OPERATOR, a_launch(**overrides))
    assert isinstance(answer, ApiError)
    assert answer.code == code
    assert bench.ec2.instances == {}
    assert bench.of(ApiCalled)[-1].error_code == code


def test_iam_is_asked_before_ec2_looks():
    """A caller without permission does not learn whether the subnet exists."""
    bench = Bench()
    bench.authority.denied.add("ec2:RunInstances")
    answer = bench.ec2.run_instances(OPERATOR, a_launch(subnet="subnet-x"))
    assert answer.code == "UnauthorizedOperation"


def test_an_instance_holds_its_address_until_it_is_terminated():
    """The ledger of a subnet: minus two at launch, unchanged while shutting down, then back."""
    bench = Bench(Dials(address_count=4))
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    assert bench.ec2.free_address_count("subnet-a") == 2
    assert bench.ec2.free_address_count("subnet-b") == 4
    bench.ec2.terminate_instances(LINKED, [i.instance_id for i in launched], reason="test")
    assert bench.ec2.free_address_count("subnet-a") == 2
    bench.ec2.change(launched[0], ManagedInstanceState.TERMINATED)
    assert bench.ec2.free_address_count("subnet-a") == 3


def test_only_the_operating_role_terminates_managed_instances():
    """Everybody else is refused although IAM allowed the call; nothing changes."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    names = [i.instance_id for i in launched]
    for caller in (OPERATOR, replace(LINKED, role_arn="", label="administrator")):
        answer = bench.ec2.terminate_instances(caller, names, reason="please")
        assert answer.code == "UnauthorizedOperation"
        assert names[0] in answer.message
    assert all(i.state is ManagedInstanceState.PENDING for i in launched)


def test_a_termination_that_iam_denies_ends_nothing():
    """Even the operating role needs IAM's word."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    bench.authority.denied.add("ec2:TerminateInstances")
    answer = bench.ec2.terminate_instances(LINKED, [launched[0].instance_id], reason="test")
    assert isinstance(answer, ApiError)
    assert launched[0].state is ManagedInstanceState.PENDING


def test_a_termination_is_all_or_nothing():
    """One unknown identifier, and the known instance lives on."""
    bench = Bench()
    launched = bench.ec2.run_instances(OPERATOR, a_launch())
    answer = bench.ec2.terminate_instances(LINKED, [launched[0].instance_id, "i-x"], reason="t")
    assert answer.code == "InvalidInstanceID.NotFound"
    assert launched[0].state is ManagedInstanceState.PENDING


def test_describe_calls_are_checked_and_written_down():
    """Allowed or not, the call is in the journal with what it was about."""
    bench = Bench()
    assert isinstance(
        bench.ec2.describe(OPERATOR, "ec2:DescribeSubnets", about="a look"), ApiSuccess
    )
    bench.authority.denied.add("ec2:DescribeSubnets")
    refused = bench.ec2.describe(OPERATOR, "ec2:DescribeSubnets", about="another look")
    assert refused.code == "UnauthorizedOperation"
    assert [c.detail for c in bench.calls("ec2:DescribeSubnets")] == ["a look", "another look"]
