"""Whole random worlds: whatever people do to policies, caps and functions, the laws hold."""

import pytest
from engine_worlds import (
    OPERATOR_POLICY_ARN,
    ROLE,
    a_call,
    a_function,
    a_scenario,
    cap_of,
    finished,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.assembly import assemble
from sim.model.invocation_record import Outcome
from sim.model.journal_entries import EnvironmentChanged, ScalingDecided

MINUTES = 50
DENIED_ACTIONS = ("ec2:RunInstances", "ec2:CreateTags", "ec2:Describe*", "ec2:*")


def a_freeze(action, *, at):
    """Put an inline policy on the operator role that denies an action."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Freeze", "Effect": "Deny", "Action": action, "Resource": "*"}],
    }
    return a_call(
        at, "iam:PutRolePolicy", RoleName=ROLE, PolicyName="Freeze", PolicyDocument=document
    )


def managed(verb, *, at):
    """Attach or detach the operator role's managed policy."""
    return a_call(at, f"iam:{verb}RolePolicy", RoleName=ROLE, PolicyArn=OPERATOR_POLICY_ARN)


def switched_off(name, *, at):
    """Bounds of 0 and 0."""
    off = {"MinExecutionEnvironments": 0, "MaxExecutionEnvironments": 0}
    return a_call(
        at,
        "lambda:PutFunctionScalingConfig",
        FunctionName=name,
        Qualifier="1",
        FunctionScalingConfig=off,
    )


MINUTE = st.integers(0, MINUTES - 1)
CALLS = st.one_of(
    st.builds(lambda at, action: a_freeze(action, at=at), MINUTE, st.sampled_from(DENIED_ACTIONS)),
    st.builds(
        lambda at: a_call(at, "iam:DeleteRolePolicy", RoleName=ROLE, PolicyName="Freeze"), MINUTE
    ),
    st.builds(lambda at, verb: managed(verb, at=at), MINUTE, st.sampled_from(["Attach", "Detach"])),
    st.builds(lambda at, vcpu: cap_of(vcpu, at=at), MINUTE, st.integers(2, 120)),
    st.builds(
        lambda at, name: a_call(at, "lambda:DeleteFunction", FunctionName=name),
        MINUTE,
        st.sampled_from(["site", "second"]),
    ),
    st.builds(
        lambda at: a_call(at, "lambda:DeleteCapacityProvider", CapacityProviderName="web"), MINUTE
    ),
    st.builds(
        lambda at, low, more: a_call(
            at,
            "lambda:PutFunctionScalingConfig",
            FunctionName="site",
            Qualifier="1",
            FunctionScalingConfig={
                "MinExecutionEnvironments": low,
                "MaxExecutionEnvironments": low + more,
            },
        ),
        MINUTE,
        st.integers(1, 12),
        st.integers(0, 20),
    ),
    st.builds(lambda at: switched_off("site", at=at), MINUTE),
    st.builds(
        lambda at, key, to: a_call(
            at, "lambda:UpdateFunctionCode", FunctionName="site", S3Bucket="code", S3Key=key, **to
        ),
        MINUTE,
        st.sampled_from(["a.zip", "b.zip", "c.zip"]),
        st.sampled_from([{}, {"Publish": True}, {"PublishTo": "LATEST_PUBLISHED"}]),
    ),
    st.builds(
        lambda at, qualifier: a_call(
            at, "lambda:DeleteFunction", FunctionName="site", Qualifier=qualifier
        ),
        MINUTE,
        st.sampled_from(["1", "2", "$LATEST.PUBLISHED"]),
    ),
    st.builds(
        lambda at: a_call(at, "iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForLambda"),
        MINUTE,
    ),
)


@st.composite
def teardowns(draw):
    """Nothing, or both functions deleted and the provider some minutes later."""
    if not draw(st.booleans()):
        return []
    at, later = draw(st.integers(0, MINUTES - 15)), draw(st.integers(1, 10))
    functions = [
        a_call(at, "lambda:DeleteFunction", FunctionName=name) for name in ("site", "second")
    ]
    provider = a_call(at + later, "lambda:DeleteCapacityProvider", CapacityProviderName="web")
    return [*functions, provider]


@st.composite
def worlds(draw):
    """A small scenario with a script of up to eight calls, and perhaps its end."""
    rate, factor = draw(st.integers(0, 60)), draw(st.sampled_from([0.5, 1.5, 4.0]))
    second = a_function("second", memory="8 GiB", memory_gib_per_vcpu=draw(st.sampled_from([2, 8])))
    script = draw(st.lists(CALLS, max_size=8)) + draw(teardowns())
    second_call = {"qualifier": "2", "arrivals": {"kind": "constant", "rate": "5/s"}}
    head_call = {"qualifier": "$LATEST.PUBLISHED", "arrivals": {"kind": "constant", "rate": "5/s"}}
    return a_scenario(
        zones=draw(st.integers(1, 4)),
        zone_letters=draw(st.sampled_from(["abcd", "eabc", "fdba"])),
        functions=[a_function(), second][: draw(st.integers(1, 2))],
        arrivals={"kind": "step", "rate": f"{rate}/s", "at": "12m", "factor": factor},
        more_workloads=draw(st.sampled_from([[], [second_call], [head_call, second_call]])),
        vcpu_max=draw(st.sampled_from([2, 8, 16, 60, 400])),
        duration=f"{MINUTES}m",
        script=sorted(script, key=lambda call: int(call["at"][:-1])),
        cidr=draw(st.sampled_from(["10.0.{}.0/24", "10.0.{}.0/28"])),
        assumptions={
            "managed_instance.lifetime": f"{draw(st.integers(20, 120))}m",
            "execution_environment.lifetime": draw(st.sampled_from(["0s", "1m", "12m"])),
            "managed_instance.replacement_lead": draw(st.sampled_from(["2m", "10m"])),
            "managed_instance.patch_period": draw(st.sampled_from(["0s", "15m"])),
            "scaler.scale_in_sustain": "2m",
            "scaler.scale_in_period": "1m",
        },
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=worlds(), seed=st.integers(0, 2**32))
def test_every_law_holds_in_a_random_world_and_equal_runs_are_equal(scenario, seed):
    """Observers report no violation, nothing is lost, and a second run has the same digest."""
    first = finished(scenario, seed=seed)
    assert first.system.observers.report().violations == ()
    ended = first.record.outcomes.sum() + first.record.in_flight.sum()
    assert first.record.arrived.sum() == ended
    second = finished(scenario, seed=seed)
    assert second.system.foundation.journal.sha256() == first.system.foundation.journal.sha256()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=worlds(), stops=st.lists(st.integers(0, MINUTES * 60), max_size=20))
def test_stopping_to_look_changes_nothing(scenario, stops):
    """A world advanced in many steps has the journal of one advanced in a single step."""
    whole = finished(scenario)
    system = assemble(scenario, seed=1)
    for stop_s in sorted(stops):
        system.advance_to(stop_s * 1_000_000)
    system.advance_to(system.horizon_us)
    system.finish()
    assert system.foundation.journal.sha256() == whole.system.foundation.journal.sha256()


@st.composite
def failing_worlds(draw):
    """A world whose functions fail in every way, behind clients, events or a queue."""
    function = a_function(
        error_fraction=draw(st.sampled_from([0.0, 0.05, 0.9])),
        crash_fraction=draw(st.sampled_from([0.0, 0.001])),
        init_failure_fraction=draw(st.sampled_from([0.0, 0.2])),
        adaptive_concurrency=draw(st.booleans()),
        timeout=draw(st.sampled_from(["50ms", "3s"])),
    )
    queue = {
        "kind": "sqs",
        "batch_size": draw(st.sampled_from([1, 10])),
        "batching_window": draw(st.sampled_from(["0s", "2s"])),
        "maximum_receives": draw(st.sampled_from([None, 1, 3])),
        "report_batch_item_failures": draw(st.booleans()),
        "retention": draw(st.sampled_from(["1m", "4d"])),
    }
    ways = [
        {},
        {"retries": {"policy": "standard"}},
        {"invocation": "asynchronous", "maximum_age": "2m"},
        {"queue": queue},
    ]
    rate, factor = draw(st.integers(0, 40)), draw(st.sampled_from([0.5, 4.0]))
    return a_scenario(
        functions=[function],
        workload=draw(st.sampled_from(ways)),
        arrivals={"kind": "step", "rate": f"{rate}/s", "at": "5m", "factor": factor},
        vcpu_max=draw(st.sampled_from([16, 60])),
        duration="15m",
        assumptions={
            "managed_instance.lifetime": draw(st.sampled_from(["20m", "2h"])),
            "managed_instance.replacement_lead": "2m",
        },
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenario=failing_worlds(), seed=st.integers(0, 2**32))
def test_nothing_is_lost_where_functions_fail(scenario, seed):
    """Every arrival has one outcome, is in flight or waits; laws hold, and equal runs are equal."""
    first = finished(scenario, seed=seed)
    record = first.record
    assert first.system.observers.report().violations == ()
    unfinished = record.in_flight.sum() + record.waiting.sum()
    assert record.arrived.sum() == record.outcomes.sum() + unfinished
    assert (record.waiting_us >= -1.0).all()
    second = finished(scenario, seed=seed)
    assert second.system.foundation.journal.sha256() == first.system.foundation.journal.sha256()


def test_a_world_with_crashes_replaces_its_environments():
    """Each crash is journaled at its instant; the fleet is whole again at the end."""
    run = finished(a_scenario(functions=[a_function(crash_fraction=0.01)], duration="10m"))
    crashed = [e for e in run.of(EnvironmentChanged) if e.reason.startswith("crashed")]
    assert len(crashed) >= 2
    assert run.ready_counts()[-1][1] >= 3
    assert run.record.outcomes[:, :, Outcome.ERROR].sum() == len(crashed)


def test_the_worlds_of_these_tests_scale():
    """The random worlds are no idle ones: with a fourfold step the scaler grows the version."""
    run = finished(
        a_scenario(
            arrivals={"kind": "step", "rate": "60/s", "at": "12m", "factor": 4.0}, duration="30m"
        )
    )
    assert max(e.desired_count for e in run.of(ScalingDecided)) > 6


@pytest.mark.parametrize(("race", "vcpu"), [(1, 16), (0, 12)])
def test_functions_that_are_deployed_together_overshoot_the_cap_unless_told_not_to(race, vcpu):
    """Four functions of one xlarge each under a cap of twelve vCPUs, as measured and without."""
    functions = [
        a_function(name, memory="8 GiB", min_execution_environments=1)
        for name in ("a", "b", "c", "d")
    ]
    types = {"architecture": "arm64", "allowed_instance_types": ["m8g.xlarge"]}
    run = finished(
        a_scenario(
            functions=functions,
            requirements=types,
            vcpu_max=12,
            assumptions={"capacity_provider.first_burst_race": race},
        )
    )
    assert sum(launch.vcpu for launch in run.launches("first_publish")) == vcpu
    assert run.system.observers.report().violations == ()
