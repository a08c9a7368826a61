"""Whole worlds: each answer of EC2 surfaces with Lambda's reason code, may end a publish, heals."""

from dataclasses import dataclass
from typing import Any

import pytest

from sim.assembly import assemble
from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.kernel import Priority
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import FunctionVersionChanged, InstanceLaunched, LaunchFailed
from sim.units import MINUTE_US
from tests.property.engine.engine_worlds import (
    ROLE,
    a_call,
    a_function,
    a_scenario,
    finished_system,
)

ZONE, TYPE = "us-east-1a", "m8g.xlarge"
TRAFFIC_MINUTE = 10
SPAN = (11, 20)
"""Minutes of the world in which trouble is on, while load has just grown."""


@dataclass(frozen=True)
class Trouble:
    """A way to bring an answer of EC2 about, and what Lambda makes of it."""

    error: str
    reason: str
    plan: Any
    """Takes the system and the first and last instant of the trouble."""


def at(system, time_us, act, *arguments):
    """Pull a lever later."""
    system.foundation.kernel.call_at(time_us, Priority.SCRIPT, lambda: act(*arguments))


def shortage(system, start_us, end_us):
    """Nothing of the only type."""
    shortage = CapacityShortage(TroubleScope((TYPE,)), TroubleSpan(start_us, end_us))
    system.world.ec2.laws.capacity.add_shortage(shortage)


def quota(system, start_us, end_us):
    """Others use up all that the account may run."""
    law = system.world.ec2.laws.vcpu_quota
    law.set_limit(1_000)
    at(system, start_us, law.set_others, 1_000)
    at(system, end_us, law.set_others, 0)


def withdrawal(system, start_us, end_us):
    """The only type is not offered in the zone any more."""
    law = system.world.ec2.laws.offerings
    at(system, start_us, law.withdraw, TYPE, ZONE)
    at(system, end_us, law.restore, TYPE, ZONE)


def lost(identifier):
    """A part of the network is deleted, and made again."""

    def plan(system, start_us, end_us):
        laws = system.world.ec2.laws
        at(system, start_us, laws.delete_from_network, identifier)
        at(system, end_us, laws.restore_to_network, identifier)

    return plan


def struck(kind):
    """Every RunInstances goes wrong."""

    def plan(system, start_us, end_us):
        trouble = ApiTrouble(kind, ("ec2:RunInstances",), TroubleSpan(start_us, end_us))
        system.world.ec2.laws.api_troubles.add(trouble)

    return plan


def dying(code):
    """What EC2 accepts does not start."""

    def plan(system, start_us, end_us):
        failure = StartFailure(code, TroubleScope(), TroubleSpan(start_us, end_us))
        system.world.ec2.laws.start_failures.add(failure)

    return plan


TROUBLES = (
    Trouble("InsufficientInstanceCapacity", "InsufficientCapacity", shortage),
    Trouble("VcpuLimitExceeded", "VcpuLimitExceeded", quota),
    Trouble("Unsupported", "InvalidConfiguration", withdrawal),
    Trouble("InvalidSubnetID.NotFound", "InvalidSubnet", lost("subnet-a")),
    Trouble("InvalidGroup.NotFound", "InvalidSecurityGroup", lost("sg-functions")),
    Trouble("RequestLimitExceeded", "EC2RequestLimitExceeded", struck(ApiTroubleKind.THROTTLE)),
    Trouble("InternalError", "InternalError", struck(ApiTroubleKind.INTERNAL_ERROR)),
    Trouble("Unavailable", "InternalError", struck(ApiTroubleKind.UNAVAILABLE)),
    *(
        Trouble(code.value, reason, dying(code))
        for code, reason in (
            (StartFailureCode.INSUFFICIENT_CAPACITY, "InsufficientCapacity"),
            (StartFailureCode.SERVER_ERROR, "InternalError"),
            (StartFailureCode.CLIENT_ERROR, "InternalError"),
            (StartFailureCode.VOLUME_LIMIT, "ServiceQuotaExceededException"),
        )
    ),
)
each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: t.error)


def a_world(**overrides):
    """One zone, one type, and load that needs more instances from the first minute on."""
    settings = {
        "zones": 1,
        "requirements": {"architecture": "arm64", "allowed_instance_types": [TYPE]},
        "arrivals": {"kind": "step", "rate": "40/s", "at": "1m", "factor": 8.0},
        "duration": "25m",
        "assumptions": {"launch.publish_deadline": "5m"},
    }
    return a_scenario(**(settings | overrides))


def failures(run):
    """Error and reason codes of failed launches."""
    return {(f.error_code, f.reason_code) for f in run.of(LaunchFailed)}


@each_trouble
def test_trouble_surfaces_with_its_reason_and_heals(trouble):
    """Load grows while EC2 refuses: the code is told, and the fleet comes when the trouble ends."""
    system = assemble(a_world(), seed=1)
    trouble.plan(system, *(minute * MINUTE_US for minute in SPAN))
    run, sound = finished_system(system), finished_system(assemble(a_world(), seed=1))
    assert failures(run) == {(trouble.error, trouble.reason)}
    assert run.system.observers.report().violations == ()
    healed = SPAN[1] - TRAFFIC_MINUTE
    assert run.ready_count(healed - 1) < sound.ready_count(healed - 1)
    assert run.ready_count(25) == sound.ready_count(25)
    assert run.throttled(3, healed) > sound.throttled(3, healed)
    assert run.throttled(20) == sound.throttled(20)


@pytest.mark.parametrize(
    ("key_state", "reason"),
    [
        ("disabled", "DisabledKMSKey"),
        ("pending_deletion", "InvalidStateKMSKey"),
        ("access_denied", "KMSKeyAccessDenied"),
        ("not_found", "KMSKeyNotFound"),
    ],
)
def test_the_state_of_the_volumes_key_is_told(key_state, reason):
    """EC2 says no more than Client.InternalError; Lambda's code says what is wrong with the key."""
    fault = {"kind": "kms_key_unusable", "start": "1m", "duration": "9m", "key_state": key_state}
    run = finished_system(assemble(a_world(faults=[fault]), seed=1))
    assert failures(run) == {("Client.InternalError", reason)}


@each_trouble
def test_trouble_ends_a_publish_at_its_deadline(trouble):
    """A version that cannot be provided is Failed with Lambda's code and EC2's words."""
    system = assemble(a_world(), seed=1)
    trouble.plan(system, MINUTE_US // 2, 10**12)
    run = finished_system(system)
    last = run.of(FunctionVersionChanged)[-1]
    assert (last.new_state, last.reason_code) == ("Failed", trouble.reason)
    assert last.reason == run.of(LaunchFailed)[-1].message
    assert run.system.observers.report().violations == ()


def test_a_denied_launch_surfaces_and_heals():
    """UnauthorizedOperation: as long as a policy of the operator role says so."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"}],
    }
    names = {"RoleName": ROLE, "PolicyName": "Freeze"}
    script = [
        a_call(1, "iam:PutRolePolicy", PolicyDocument=document, **names),
        a_call(10, "iam:DeleteRolePolicy", **names),
    ]
    run = finished_system(assemble(a_world(script=script), seed=1))
    sound = finished_system(assemble(a_world(), seed=1))
    assert failures(run) == {("UnauthorizedOperation", "InsufficientRolePermissions")}
    assert run.ready_count(25) == sound.ready_count(25)


def test_a_full_subnet_surfaces_and_heals_when_addresses_come_back():
    """Eleven addresses of a /28 are in use; a lower minimum gives one back."""
    scaling = {"FunctionName": "site", "Qualifier": "1"}
    limits = {"MinExecutionEnvironments": 40, "MaxExecutionEnvironments": 40}
    lower = {"MinExecutionEnvironments": 30, "MaxExecutionEnvironments": 30}
    script = [
        a_call(1, "lambda:PutFunctionScalingConfig", FunctionScalingConfig=limits, **scaling),
        a_call(12, "lambda:PutFunctionScalingConfig", FunctionScalingConfig=lower, **scaling),
    ]
    run = finished_system(assemble(a_world(cidr="10.0.{}.0/28", script=script), seed=1))
    assert failures(run) == {("InsufficientFreeAddressesInSubnet", "SubnetOutOfIPAddresses")}
    assert run.ready_count(10) == 33
    assert run.ready_count(25) == 30
    last_us = run.of(LaunchFailed)[-1].time_us
    assert last_us < (TRAFFIC_MINUTE + 13) * MINUTE_US
    assert run.system.observers.report().violations == ()


def test_a_quota_of_the_scenario_binds():
    """`account.vcpu_quota` of eight vCPUs: two xlarges run, the third is refused."""
    run = finished_system(assemble(a_world(vcpu_quota=8), seed=1))
    assert failures(run) == {("VcpuLimitExceeded", "VcpuLimitExceeded")}
    assert run.ready_count(25) == 6
    assert run.system.observers.report().violations == ()


def test_a_burst_of_calls_meets_the_bucket_of_the_account():
    """Ten calls at one instant, five pass; the rest comes in later waves, and all is well."""
    function = a_function(min_execution_environments=30)
    numbers = {"launch.instances_per_call": 1, "launch.publish_deadline": "15m"}
    run = finished_system(assemble(a_world(functions=[function], assumptions=numbers), seed=1))
    assert failures(run) == {("RequestLimitExceeded", "EC2RequestLimitExceeded")}
    first_us = run.of(InstanceLaunched)[0].time_us
    assert sum(e.time_us == first_us for e in run.of(InstanceLaunched)) == 5
    assert run.version_states()[-1] == "Active"
    assert run.system.observers.report().violations == ()
