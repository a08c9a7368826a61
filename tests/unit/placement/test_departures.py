"""Who leaves at scale-in: starting ones, then the fullest zone, then the emptiest instance."""

from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.states import EnvironmentState
from sim.placement.departures import choose_departures


def an_environment(name, zone, *, instance=None, placed_us=0, state=EnvironmentState.READY):
    """A ready environment on an instance of its zone."""
    return ExecutionEnvironment(
        environment_id=name,
        version_arn="arn",
        instance_id=instance or f"i-{zone}",
        availability_zone=zone,
        shape=EnvironmentShape(1, 4096),
        concurrency_limit=8,
        timeout_us=1_000_000,
        placed_us=placed_us,
        state=state,
    )


def leaving(environments, count, held=None):
    """Names of those who leave; every instance holds what is seen unless told otherwise."""
    counts = {}
    for environment in environments:
        counts[environment.instance_id] = counts.get(environment.instance_id, 0) + 1
    return [e.environment_id for e in choose_departures(environments, held or counts, count)]


def test_zones_stay_in_balance():
    """Three in a, one in b: the first two leave from a, the third from either in order."""
    environments = [an_environment(f"a{n}", "a") for n in range(3)] + [an_environment("b0", "b")]
    assert leaving(environments, 2) == ["a0", "a1"]


def test_the_emptiest_instance_is_emptied_first():
    """In one zone the environment that stands alone leaves, so that its instance can end."""
    environments = [
        an_environment("crowd-1", "a", instance="i-1"),
        an_environment("crowd-2", "a", instance="i-1"),
        an_environment("alone", "a", instance="i-2"),
    ]
    assert leaving(environments, 1) == ["alone"]


def test_other_versions_on_an_instance_count():
    """An instance full of another version's environments is not the emptiest."""
    environments = [
        an_environment("x", "a", instance="i-1"),
        an_environment("y", "a", instance="i-2"),
    ]
    assert leaving(environments, 1, held={"i-1": 3, "i-2": 1}) == ["y"]


def test_starting_environments_leave_before_serving_ones():
    """Nothing is lost with them, whatever the zones say."""
    environments = [
        an_environment("a0", "a"),
        an_environment("a1", "a"),
        an_environment("b0", "b", state=EnvironmentState.STARTING),
    ]
    assert leaving(environments, 2) == ["b0", "a0"]


def test_of_equals_the_youngest_leaves_then_the_name_decides():
    """Age first, then the identifier."""
    environments = [
        an_environment("c", "a", placed_us=1),
        an_environment("b", "a", placed_us=2),
        an_environment("a", "a", placed_us=2),
    ]
    assert leaving(environments, 3) == ["a", "b", "c"]


def test_no_more_leave_than_there_are():
    """Asking for too many empties the version; asking for none changes nothing."""
    environments = [an_environment("a0", "a")]
    assert leaving(environments, 5) == ["a0"]
    assert leaving(environments, 0) == []
