"""Whole worlds under random trouble of EC2: every law holds, and what heals comes back."""

from collections import Counter

from engine_worlds import a_function, a_scenario, cap_of, finished_system
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.assembly import assemble
from sim.engine.ec2_api_troubles import ApiTrouble, ApiTroubleKind
from sim.engine.ec2_capacity import CapacityShortage
from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.ec2_status_checks import StatusCheck, StatusImpairment
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model.journal_entries import ApiCalled, EnvironmentChanged
from sim.units import MINUTE_US, SECOND_US

MINUTES = 40
HEALED_MINUTE = 30
"""Minute of the traffic after which nothing is wrong any more; the rest is for coming back."""
SPAN = st.tuples(st.integers(1, HEALED_MINUTE + 5), st.integers(1, 15)).map(
    lambda span: (span[0] * MINUTE_US, min(span[0] + span[1], HEALED_MINUTE + 10) * MINUTE_US)
)
"""World time; in the first minute people create the provider, which trouble would refuse."""
ZONES = st.sampled_from(["*", "us-east-1a", "us-east-1b"])
TYPES = st.sampled_from(["*", "m*", "m8g.xlarge"])
SCOPES = st.builds(lambda kind, zone: TroubleScope((kind,), (zone,)), TYPES, ZONES)
SHORTAGES = st.builds(
    lambda scope, span, left: CapacityShortage(scope, TroubleSpan(*span), left),
    SCOPES,
    SPAN,
    st.integers(0, 2),
)
TROUBLES = st.builds(
    lambda kind, operations, span, probability: ApiTrouble(
        kind, (operations,), TroubleSpan(*span, probability)
    ),
    st.sampled_from(list(ApiTroubleKind)),
    st.sampled_from(["ec2:*", "ec2:RunInstances", "ec2:TerminateInstances", "ec2:Describe*"]),
    SPAN,
    st.sampled_from([0.3, 1.0]),
)
DEATHS = st.builds(
    lambda code, scope, span, probability: StartFailure(
        code, scope, TroubleSpan(*span, probability)
    ),
    st.sampled_from(list(StartFailureCode)),
    SCOPES,
    SPAN,
    st.sampled_from([0.3, 1.0]),
)
IMPAIRMENTS = st.builds(
    lambda check, zone, span: StatusImpairment(
        check, TroubleScope(availability_zones=(zone,)), TroubleSpan(*span)
    ),
    st.sampled_from(list(StatusCheck)),
    ZONES,
    SPAN,
)


@st.composite
def troubled_systems(draw):
    """A builder of one and the same small world with up to eight troubles in it."""
    caps = draw(st.lists(st.tuples(st.integers(1, MINUTES - 1), st.integers(4, 60)), max_size=2))
    scenario = a_scenario(
        zones=draw(st.integers(1, 3)),
        script=[cap_of(vcpu, at=minute) for minute, vcpu in sorted(caps)],
        functions=[a_function()],
        arrivals={"kind": "step", "rate": "30/s", "at": "10m", "factor": 3.0, "back_at": "20m"},
        duration=f"{MINUTES}m",
        cidr=draw(st.sampled_from(["10.0.{}.0/24", "10.0.{}.0/28"])),
        assumptions={
            "ec2.describe_lag": draw(st.sampled_from(["0s", "1s", "20s"])),
            "launch.instances_per_call": draw(st.sampled_from([1, 2, 100])),
            "launch.publish_deadline": "60m",
            "managed_instance.lifetime": draw(st.sampled_from(["20m", "14d"])),
        },
    )
    levers = draw(st.lists(st.one_of(SHORTAGES, TROUBLES, DEATHS, IMPAIRMENTS), max_size=8))
    quota = draw(st.sampled_from([None, 12, 40]))

    def build(seed):
        """The world; it has room for its minimum in the end if nobody lowered the cap."""
        system = assemble(scenario, seed=seed)
        laws = system.world.ec2.laws
        for lever in levers:
            pull(laws, lever)
        laws.vcpu_quota.set_limit(quota)
        return system

    build.has_caps = bool(caps)
    return build


def pull(laws, lever):
    """Let one trouble happen."""
    match lever:
        case CapacityShortage():
            laws.capacity.add_shortage(lever)
        case ApiTrouble():
            laws.api_troubles.add(lever)
        case StartFailure():
            laws.start_failures.add(lever)
        case StatusImpairment():
            laws.status_checks.add(lever)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(build=troubled_systems(), seed=st.integers(0, 2**32))
def test_every_law_holds_under_any_trouble_and_equal_runs_are_equal(build, seed):
    """No violation, nothing lost, the same digest again, and the minimum serves in the end."""
    first = finished_system(build(seed))
    assert first.system.observers.report().violations == ()
    ended = first.record.outcomes.sum() + first.record.in_flight.sum()
    assert first.record.arrived.sum() == ended
    assert build.has_caps or first.ready_counts()[-1][1] >= 3
    second = finished_system(build(seed))
    assert second.system.foundation.journal.sha256() == first.system.foundation.journal.sha256()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(build=troubled_systems(), seed=st.integers(0, 2**32))
def test_no_trouble_makes_lambda_call_without_measure(build, seed):
    """Back-offs hold: calls that fail are few in every minute, whatever fails.

    Calls that succeed are as many as instances are wanted, one each where a call has one.
    """
    run = finished_system(build(seed))
    failed_per_minute = Counter(
        call.time_us // (60 * SECOND_US)
        for call in run.of(ApiCalled)
        if call.operation == "ec2:RunInstances" and call.error_code
    )
    assert max(failed_per_minute.values(), default=0) <= 60


def test_the_troubles_of_these_tests_are_met():
    """The random worlds are no idle ones: a shortage of everything from the start delays all."""
    system = assemble(a_scenario(duration="20m"), seed=1)
    pull(system.world.ec2.laws, CapacityShortage(TroubleScope(), TroubleSpan(0, 12 * MINUTE_US)))
    run = finished_system(system)
    first_us = next(e.time_us for e in run.of(EnvironmentChanged) if e.new_state == "ready")
    assert first_us > 12 * MINUTE_US
