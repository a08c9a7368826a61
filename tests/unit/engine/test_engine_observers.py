"""The observers: a clean history passes, and every planted violation is caught under its number."""

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.observers import Observers
from sim.model.invocation_record import HistogramScale, InvocationRecord, Outcome
from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    ServiceLinkedRoleChanged,
)

SESSION = "arn:aws:sts::123456789012:assumed-role/LambdaOperatorRole/session"
TAGS = "aws:lambda:capacity-provider=arn:aws:lambda:us-east-1:123456789012:capacity-provider:web"


def the_role(change="created", time_us=0):
    """The service-linked role comes or goes."""
    return ServiceLinkedRoleChanged(time_us=time_us, role_arn="arn:linked", change=change)


def a_provider(old, new, name="web", time_us=0):
    """A provider changes its state."""
    return CapacityProviderChanged(
        time_us=time_us, capacity_provider=name, old_state=old, new_state=new
    )


def a_version(old, new):
    """A version changes its state."""
    return FunctionVersionChanged(
        time_us=0,
        function="site",
        version="1",
        capacity_provider="web",
        old_state=old,
        new_state=new,
    )


def a_call(operation, *, call=2, role="operator role", error="", detail="count=1", arn=SESSION):
    """One API call."""
    return ApiCalled(
        time_us=0,
        call=call,
        operation=operation,
        caller_arn=arn,
        caller_role=role,
        resource="*",
        error_code=error,
        detail=detail,
    )


ASSUMED = a_call("sts:AssumeRole", call=1, role="lambda", detail=f"session={SESSION}", arn="lambda")


def a_decision(*, call=2, result="Allowed", action="ec2:RunInstances"):
    """One IAM decision."""
    return AuthorizationDecided(
        time_us=0,
        call=call,
        principal_arn=SESSION,
        caller_role="operator role",
        action=action,
        resource="*",
        result=result,
        layer="identity",
        policy="Operator",
        statement="Launch",
        reason="",
    )


def a_launch(name="i-1", **overrides):
    """One instance with four vCPUs."""
    settings = {
        "time_us": 0,
        "call": 2,
        "instance_id": name,
        "capacity_provider": "web",
        "instance_type": "m7g.xlarge",
        "availability_zone": "us-east-1a",
        "subnet": "subnet-a",
        "vcpu": 4,
        "memory_mib": 16384,
        "nano_usd_per_hour": 1,
        "operator": "scaler",
        "tags": TAGS,
        "purpose": "scale_out",
    }
    return InstanceLaunched(**(settings | overrides))


def moved(old, new, name="i-1"):
    """The instance changes its state."""
    return InstanceChanged(
        time_us=0,
        instance_id=name,
        capacity_provider="web",
        availability_zone="us-east-1a",
        old_state=old,
        new_state=new,
    )


def an_environment(old, new, *, vcpu=1, memory_mib=4096):
    """An environment on i-1 changes its state."""
    return EnvironmentChanged(
        time_us=0,
        environment_id="environment-1",
        function="site",
        version="1",
        instance_id="i-1",
        availability_zone="us-east-1a",
        vcpu=vcpu,
        memory_mib=memory_mib,
        old_state=old,
        new_state=new,
    )


START = [the_role(), a_provider("", "Pending"), a_provider("Pending", "Active"), ASSUMED]
LAUNCH = [*START, a_decision(), a_call("ec2:RunInstances"), a_launch()]
READY = [*LAUNCH, moved("pending", "running"), moved("running", "ready")]
PLACED = [*READY, an_environment("", "starting")]


def laws_broken(entries, cap=8):
    """Numbers of the laws that the observers find broken."""
    observers = Observers(vcpu_count_max=lambda name: cap, operator="scaler", overhead_vcpu=1)
    for entry in entries:
        observers.see(entry)
    report = observers.report()
    assert report.checked > 0
    return [text.split(":")[0] for text in report.violations]


def test_a_clean_history_breaks_no_law():
    """Birth and end of role, provider, version, instance and environment."""
    history = [
        *READY,
        a_version("", "Pending"),
        an_environment("", "starting"),
        an_environment("starting", "ready"),
        a_version("Pending", "Active"),
        a_version("Active", "Deleting"),
        an_environment("ready", "draining"),
        an_environment("draining", "terminated"),
        a_version("Deleting", "Gone"),
        a_call("ec2:TerminateInstances", call=3, role="service-linked role"),
        moved("ready", "shutting-down"),
        moved("shutting-down", "terminated"),
        a_provider("Active", "Deleting"),
        a_provider("Deleting", "Gone"),
        the_role("deleted"),
        the_role(),
        a_provider("", "Pending"),
    ]
    assert laws_broken(history) == []


PLANTED = {
    "a launch without any decision": ("I01", [*START, a_call("ec2:RunInstances"), a_launch()]),
    "a launch whose tags were denied": (
        "I01 I28",
        [
            *START,
            a_decision(),
            a_decision(result="ImplicitlyDenied", action="ec2:CreateTags"),
            a_call("ec2:RunInstances", error="UnauthorizedOperation"),
            a_launch(),
        ],
    ),
    "a launch in a session nobody assumed": (
        "I02",
        [e for e in LAUNCH if e is not ASSUMED],
    ),
    "a termination by somebody else": (
        "I03",
        [*READY, a_call("ec2:TerminateInstances", call=3, role="administrator")],
    ),
    "a denied call that succeeded": (
        "I05",
        [a_decision(call=9, result="ExplicitlyDenied"), a_call("iam:PutRolePolicy", call=9)],
    ),
    "a provider without the role": ("I08", [a_provider("", "Pending")]),
    "the role deleted under a provider": ("I08", [*START, the_role("deleted")]),
    "an instance without operator": ("I09", [*LAUNCH[:-1], a_launch(operator="")]),
    "an instance tagged for another provider": ("I09", [*LAUNCH[:-1], a_launch(tags=TAGS + "2")]),
    "an identifier used twice": (
        "I14",
        [*LAUNCH, a_decision(call=3), a_call("ec2:RunInstances", call=3), a_launch(call=3)],
    ),
    "an instance that skips its boot": ("I20", [*LAUNCH, moved("pending", "ready")]),
    "an instance that rises again": (
        "I20",
        [*LAUNCH, moved("pending", "terminated"), moved("terminated", "running")],
    ),
    "an instance with a false past": ("I20", [*LAUNCH, moved("running", "ready")]),
    "a provider that skips Deleting": ("I21", [*START, a_provider("Active", "Gone")]),
    "a provider that is active again": (
        "I21",
        [*START, a_provider("Active", "Deleting"), a_provider("Deleting", "Active")],
    ),
    "a version that was never pending": ("I21", [a_version("", "Active")]),
    "a failed version that serves": (
        "I21",
        [a_version("", "Pending"), a_version("Pending", "Failed"), a_version("Failed", "Active")],
    ),
    "a version number used again": (
        "I21",
        [
            a_version("", "Pending"),
            a_version("Pending", "Deleting"),
            a_version("Deleting", "Gone"),
            a_version("", "Pending"),
        ],
    ),
    "an instance ended under its environment": ("I22", [*PLACED, moved("ready", "shutting-down")]),
    "an environment on a draining instance": (
        "I22",
        [*READY, moved("ready", "draining"), an_environment("", "starting")],
    ),
    "an environment on a booting instance": ("I23", [*LAUNCH, an_environment("", "starting")]),
    "more vCPUs than the instance has left": (
        "I23",
        [*PLACED, an_environment("", "starting", vcpu=3)],
    ),
    "more memory than the instance has": (
        "I23",
        [*PLACED, an_environment("", "starting", memory_mib=13000)],
    ),
    "a launch for a provider being deleted": (
        "I27",
        [*START, a_provider("Active", "Deleting"), *LAUNCH[len(START) :]],
    ),
    "more instances than were asked for": ("I28", [*LAUNCH, a_launch("i-2")]),
    "an entry from the past": (
        "I47",
        [the_role(time_us=5), a_provider("", "Pending", time_us=4)],
    ),
}


@pytest.mark.parametrize(("law", "entries"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_violation_is_caught_under_its_number(law, entries):
    """The law that this history breaks is reported, and no other."""
    assert laws_broken(entries) == law.split()


def test_vcpus_above_the_cap_are_caught_and_terminated_ones_do_not_count():
    """Two xlarges break a cap of seven; when the first is gone, the third instance does not."""
    second = [
        a_decision(call=3),
        a_call("ec2:RunInstances", call=3),
        a_launch("i-2", call=3),
    ]
    assert laws_broken([*LAUNCH, *second], cap=7) == ["I16"]
    assert laws_broken([*LAUNCH, moved("pending", "terminated"), *second], cap=7) == []


def test_only_a_first_burst_may_overshoot_the_cap():
    """Five seconds after the first launch the second one may, but not for a scale-out."""

    def broken(**second):
        entries = [*LAUNCH, a_decision(call=3), a_call("ec2:RunInstances", call=3)]
        observers = Observers(
            vcpu_count_max=lambda name: 7,
            operator="scaler",
            overhead_vcpu=1,
            first_burst_us=5,
        )
        for entry in [*entries, a_launch("i-2", call=3, **second)]:
            observers.see(entry)
        return [text.partition(":")[0] for text in observers.report().violations]

    assert broken(time_us=5, purpose="first_publish") == []
    assert broken(time_us=6, purpose="first_publish") == ["I16"]
    assert broken(time_us=5, purpose="scale_out") == ["I16"]
    assert broken(time_us=5, purpose="first_publish", vcpu=8) == ["I16"]


def a_record(*, arrived, completed, in_flight, waiting=0):
    """One function, one minute."""
    outcomes = np.zeros((1, 1, len(Outcome)), dtype=np.int64)
    outcomes[0, 0, Outcome.COMPLETED] = completed
    zeros = np.zeros((1, 1))
    return InvocationRecord(
        function_names=("site",),
        minute_count=1,
        arrived=np.array([[arrived]]),
        outcomes=outcomes,
        latency_sum_us=zeros,
        latency_histogram=np.zeros((1, 1, 1), dtype=np.int64),
        scale=HistogramScale(1.0, 2.0, 1),
        busy_vcpu_us=zeros,
        concurrency_us=zeros,
        environment_us=zeros,
        routed_attempts=np.zeros((1, 1), dtype=np.int64),
        failed_attempts=np.zeros((1, 1), dtype=np.int64),
        batches=np.zeros((1, 1), dtype=np.int64),
        in_flight=np.array([in_flight]),
        retried=np.zeros((1, 1), dtype=np.int64),
        throttled_attempts=np.zeros((1, 1, 4), dtype=np.int64),
        waiting_us=zeros,
        waiting_peak=np.zeros((1, 1), dtype=np.int64),
        waiting=np.array([waiting]),
    )


@pytest.mark.parametrize(
    ("in_flight", "waiting", "broken"), [(2, 0, 0), (1, 1, 0), (1, 0, 1), (3, 0, 1), (2, 1, 1)]
)
def test_lost_and_invented_invocations_are_caught(in_flight, waiting, broken):
    """Ten arrived and eight completed: exactly two must be in flight or wait for an attempt."""
    observers = Observers(vcpu_count_max=lambda name: 8, operator="scaler", overhead_vcpu=1)
    observers.judge_invocations(
        a_record(arrived=10, completed=8, in_flight=in_flight, waiting=waiting)
    )
    violations = observers.report().violations
    assert len(violations) == broken
    assert all(text.startswith("I29: site") for text in violations)


def test_the_report_counts_the_checks():
    """A report without violations says how much was looked at."""
    observers = Observers(vcpu_count_max=lambda name: 8, operator="scaler", overhead_vcpu=1)
    for entry in LAUNCH:
        observers.see(replace(entry, time_us=1))
    assert observers.report().checked > len(LAUNCH)
