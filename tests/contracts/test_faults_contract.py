"""What every kind of fault in the folder must keep, judged on the examples in its own schema."""

import json
from functools import cache

import pytest

from sim.assembly import assemble
from sim.faults import FaultSettings
from sim.model.journal_entries import EnvironmentChanged, FaultChanged, InstanceChanged
from sim.registry import kinds
from sim.units import MINUTE_US
from tests.property.engine.engine_worlds import (
    ROLE,
    a_call,
    a_function,
    a_scenario,
    finished_system,
)

FAULTS = kinds("sim.faults")
EXAMPLES = [
    pytest.param(kind, example, id=f"{kind}-{position}")
    for kind, settings in FAULTS.items()
    for position, example in enumerate(settings.model_config["json_schema_extra"]["examples"])
]
each_example = pytest.mark.parametrize(("kind", "example"), EXAMPLES)
TRAFFIC_US = 10 * MINUTE_US
MINIMUM_OF_ENVIRONMENTS = 3
HORIZON_US = 50 * MINUTE_US
STAGES = [
    {"target": "50/s", "duration": "9m"},
    {"target": "150/s", "duration": "30s"},
    {"target": "180/s", "duration": "20m"},
    {"target": "180/s", "duration": "10m30s"},
]
"""A jump, which orders several instances at a time, and a long rise."""
TYPES = ["m8g.xlarge", "r8g.xlarge"]
A_DENIAL = [
    a_call(
        6,
        "iam:PutRolePolicy",
        RoleName=ROLE,
        PolicyName="Slip",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"},
            }
        ),
    ),
    a_call(7, "iam:DeleteRolePolicy", RoleName=ROLE, PolicyName="Slip"),
]
"""A slip of the pen that is mended after a minute, before anybody launches."""


def a_run(*faults):
    """A run with these faults; equal ones are made once."""
    return _run(json.dumps(faults))


@cache
def _run(faults):
    return fresh_run(json.loads(faults))


def fresh_run(faults):
    """Load that makes the fleet grow in the middle of the faults; nothing else goes wrong."""
    scenario = a_scenario(
        arrivals={"kind": "stages", "start": "50/s", "stages": STAGES},
        duration="40m",
        functions=[a_function(cpu={"kind": "exponential", "mean": "100ms"})],
        # Of one size, so that much is ordered as many of one type.
        requirements={"architecture": "arm64", "allowed_instance_types": TYPES},
        zones=2,
        script=A_DENIAL,
        faults=faults,
        assumptions={
            "launch.publish_deadline": "60m",
            # A fault from the beginning must not end the first publish for good.
            "launch.denied_attempts_max": 1_000,
            "execution_environment.failed_init_max": 1_000,
            # Instances are replaced and ended while faults are on.
            "managed_instance.lifetime": "14m",
            # So are the sessions of the operator role.
            "sts.session_duration": "10m",
        },
    )
    return finished_system(assemble(scenario, seed=1))


@pytest.mark.parametrize("kind", FAULTS)
def test_kind_has_examples_and_a_documented_schema(kind):
    """Every kind shows at least one example, and every field tells what it means."""
    schema = FAULTS[kind].model_json_schema()
    assert schema["examples"]
    assert issubclass(FAULTS[kind], FaultSettings)
    fields = {name: field for name, field in schema["properties"].items() if name != "kind"}
    assert all(field.get("description") for field in fields.values())


@each_example
def test_no_law_breaks_and_equal_runs_are_equal(kind, example):
    """The world keeps its invariants under the fault; chance is the seed's alone."""
    first, second = a_run(example), fresh_run([example])
    assert first.system.observers.report().violations == ()
    assert first.system.foundation.journal.sha256() == second.system.foundation.journal.sha256()


@each_example
def test_a_fault_shows_and_leaves_the_customers_alone(kind, example):
    """The control plane runs another way than without it; the arrivals are the same ones."""
    troubled, sound = a_run(example), a_run()
    assert (troubled.record.arrived == sound.record.arrived).all()
    calm = [e for e in troubled.journal if not isinstance(e, FaultChanged)]
    assert len(calm) != len(sound.journal), "but for its own entries the fault did nothing"


@each_example
def test_a_fault_is_journaled_when_it_begins_and_when_it_heals(kind, example):
    """At the instants of its span, if they lie in the run."""
    span = (
        FAULTS[kind]
        .model_validate_json(json.dumps(example))
        .span(traffic_start_us=TRAFFIC_US, horizon_us=HORIZON_US)
    )
    entries = [(e.time_us, e.fault, e.change) for e in a_run(example).of(FaultChanged)]
    expected = [(span.start_us, kind, "began"), (span.end_us, kind, "healed")]
    assert entries == [e for e in expected if e[0] <= HORIZON_US]


@each_example
def test_nothing_moves_before_a_fault_begins(kind, example):
    """Up to its start the run is the sound one, draw for draw."""
    sound = a_run().journal[1:]
    begins = next(e for e in a_run(example).of(FaultChanged)).time_us
    before = [e for e in a_run(example).journal[1:] if e.time_us < begins]
    assert before == [e for e in sound if e.time_us < begins]


@each_example
def test_improbable_faults_do_nothing(kind, example):
    """With probability zero every instance and environment lives as without the fault."""
    spared, sound = a_run({**example, "probability": 0.0}), a_run()
    assert spared.of(InstanceChanged) == sound.of(InstanceChanged)
    assert spared.of(EnvironmentChanged) == sound.of(EnvironmentChanged)


@each_example
def test_a_world_without_time_for_the_fault_is_the_sound_one(kind, example):
    """Begun after the end of the run, it changes nothing at all."""
    late = {**example, "start": "3h"}
    digests = {
        run.system.foundation.journal.sha256()
        for run in (a_run(late), a_run({**late, "start": "4h"}))
    }
    sound = a_run()
    assert len(digests) == 2, "the scenario's own digest is the first entry"
    journal = a_run(late).journal
    assert journal[1:] == sound.journal[1:]


@each_example
def test_the_world_heals(kind, example):
    """A while after a fault that ends, the version serves and hardly anybody is throttled."""
    if "duration" not in example:
        example = {**example, "duration": "5m"}
    troubled = a_run(example)
    assert troubled.version_states()[-1] == "Active"
    assert troubled.ready_count(39) >= MINIMUM_OF_ENVIRONMENTS
    assert troubled.throttled(36, 39) <= 0.01 * troubled.arrived(36, 39)
