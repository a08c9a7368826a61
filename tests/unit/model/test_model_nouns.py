"""Instances, versions, providers and names: what they hold, count and refuse."""

import json

import pytest

from sim.facts import instance_types
from sim.model.capacity_provider import CapacityProvider, Subnet
from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.identifiers import (
    IdentifierSequence,
    capacity_provider_arn,
    ec2_arn,
    function_arn,
    role_arn,
    session_arn,
    user_arn,
)
from sim.model.journal_entries import ScalingDecided
from sim.model.managed_instance import ManagedInstance
from sim.model.states import EndReason, EnvironmentState, ManagedInstanceState

ACCOUNT = "123456789012"


def an_instance(state=ManagedInstanceState.READY, **overrides):
    """A ready xlarge with three vCPUs and 15 GiB for environments."""
    settings = {
        "instance_id": "i-1",
        "capacity_provider": "web",
        "instance_type": instance_types()["m7g.xlarge"],
        "availability_zone": "us-east-1a",
        "subnet": "subnet-a",
        "operator": "scaler",
        "tags": {},
        "launched_us": 0,
        "allocatable": EnvironmentShape(vcpu=3, memory_mib=15360),
        "state": state,
    }
    return ManagedInstance(**(settings | overrides))


def an_environment(name="environment-1", *, vcpu=1, memory_mib=4096):
    """A starting environment."""
    return ExecutionEnvironment(
        environment_id=name,
        version_arn="arn",
        instance_id="i-1",
        availability_zone="us-east-1a",
        shape=EnvironmentShape(vcpu=vcpu, memory_mib=memory_mib),
        concurrency_limit=8,
        timeout_us=1_000_000,
        placed_us=0,
    )


def test_an_instance_counts_what_its_environments_hold():
    """Room shrinks with each environment and comes back with its release."""
    instance = an_instance(empty_since_us=5)
    first, second = an_environment("a"), an_environment("b", vcpu=2)
    instance.place(first)
    instance.place(second)
    assert (instance.free_vcpu(), instance.free_memory_mib()) == (0, 15360 - 8192)
    assert instance.empty_since_us is None
    instance.release(first, now_us=7)
    assert instance.empty_since_us is None
    instance.release(second, now_us=9)
    assert instance.empty_since_us == 9
    assert (instance.free_vcpu(), instance.free_memory_mib()) == (3, 15360)


@pytest.mark.parametrize(("vcpu", "memory_mib"), [(4, 4096), (1, 16384)])
def test_an_environment_too_many_is_a_bug(vcpu, memory_mib):
    """Neither vCPUs nor memory can be given twice."""
    with pytest.raises(AssertionError, match="for another environment"):
        an_instance().place(an_environment(vcpu=vcpu, memory_mib=memory_mib))


@pytest.mark.parametrize(
    "state", [s for s in ManagedInstanceState if s is not ManagedInstanceState.READY]
)
def test_environments_are_placed_on_ready_instances_only(state):
    """Not before the Lambda Agent has registered, nor once the instance drains."""
    with pytest.raises(AssertionError, match="ready"):
        an_instance(state).place(an_environment())


def test_what_each_state_of_an_instance_means_for_the_fleet():
    """Which states count toward the cap, are coming, take environments, are going."""
    rows = {
        state.value: (
            an_instance(state).counts_toward_cap,
            an_instance(state).is_coming,
            an_instance(state).takes_environments,
            an_instance(state).is_going,
        )
        for state in ManagedInstanceState
    }
    assert rows == {
        "pending": (True, True, True, False),
        "running": (True, True, True, False),
        "ready": (True, False, True, False),
        "draining": (True, False, False, False),
        "shutting-down": (True, False, False, True),
        "terminated": (False, False, False, True),
    }


def test_a_retiring_instance_takes_nothing_new():
    """It serves on, but nothing is planned onto it."""
    assert not an_instance(retires_for=EndReason.PATCHED).takes_environments


def test_a_provider_counts_vcpus_until_instances_are_terminated():
    """Shutting-down instances still count; zones come once, in the order of the subnets."""
    provider = CapacityProvider(
        name="web",
        arn="arn",
        operator_role_arn="role",
        subnets=tuple(Subnet(f"s{n}", zone, 8, f"10.0.{n}.4") for n, zone in enumerate("bab")),
        security_groups=(),
        architecture="arm64",
        allowed_instance_types=(),
        excluded_instance_types=(),
        vcpu_count_max=400,
        target_cpu_fraction=0.5,
    )
    for number, state in enumerate(ManagedInstanceState):
        provider.instances[f"i-{number}"] = an_instance(state, instance_id=f"i-{number}")
    assert provider.vcpu_count() == 4 * (len(ManagedInstanceState) - 1)
    assert provider.availability_zones() == ("b", "a")


def test_environments_are_present_while_they_start_or_serve():
    """Draining and ended ones are not."""
    environment = an_environment()
    present = []
    for state in EnvironmentState:
        environment.state = state
        present.append(environment.is_present)
    assert present == [True, True, False, False]


def test_identifiers_are_counted_and_look_like_those_of_ec2():
    """The n-th instance of every world has the same name."""
    sequence = IdentifierSequence()
    assert [sequence.instance() for _ in range(2)] == [f"i-{1:017x}", f"i-{2:017x}"]
    assert sequence.environment() == "environment-000001"
    assert [sequence.api_call(), sequence.api_call(), sequence.deletion_task()] == [1, 2, 1]


def test_arns_have_the_forms_of_aws():
    """A role keeps its path, a session loses it, images have no account."""
    assert role_arn(ACCOUNT, "R", "/p/") == f"arn:aws:iam::{ACCOUNT}:role/p/R"
    assert user_arn(ACCOUNT, "u") == f"arn:aws:iam::{ACCOUNT}:user/u"
    assert session_arn(ACCOUNT, "R", "s") == f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
    assert (
        capacity_provider_arn("us-east-1", ACCOUNT, "web")
        == f"arn:aws:lambda:us-east-1:{ACCOUNT}:capacity-provider:web"
    )
    assert function_arn("us-east-1", ACCOUNT, "f", "1").endswith(":function:f:1")
    assert function_arn("us-east-1", ACCOUNT, "f").endswith(":function:f")
    assert ec2_arn("us-east-1", ACCOUNT, "image", "ami-1") == "arn:aws:ec2:us-east-1::image/ami-1"


def test_a_canonical_entry_is_what_json_makes_of_it():
    """The quick text equals that of the JSON encoder with sorted keys, odd characters included."""
    entry = ScalingDecided(
        time_us=1,
        function='a "quoted" \\ name\n\u00e9',
        version="1",
        capacity_provider="web",
        ready_count=0,
        starting_count=-3,
        desired_count=2**40,
        cpu_fraction=1e-9,
        concurrency_fraction=0.1 + 0.2,
        action="hold",
        reason="",
    )
    values = {name: getattr(entry, name) for name in entry.field_names()}
    expected = json.dumps({"kind": entry.kind, **values}, sort_keys=True, separators=(",", ":"))
    assert entry.canonical() == expected
