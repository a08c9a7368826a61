"""A deployment creates its capacity providers no faster than AWS lets such calls pass."""

from small_worlds import SmallWorld, a_scenario

from sim.units import SECOND_US

AS_AWS = {"capacity_provider.write_burst": 1}


def created(count, **assumptions):
    """When each of so many providers was created, in seconds, and what was answered."""
    template = a_scenario().capacity_providers[0].model_dump(mode="json")
    kept = ("operator_role", "subnets", "security_groups")
    plain = {key: template[key] for key in kept}
    providers = [
        {**plain, "name": name, "instance_requirements": {"architecture": "arm64"}}
        for name in ["web", *(f"other-{n}" for n in range(1, count))]
    ]
    scenario = a_scenario(capacity_providers=providers, assumptions=AS_AWS | assumptions)
    world = SmallWorld(scenario).at("1m")
    calls = world.calls("lambda:CreateCapacityProvider")
    return [(call.time_us / SECOND_US, call.error_code) for call in calls]


def test_providers_are_created_one_a_second():
    """None of them is refused, and the first one comes at once, as a single one does."""
    assert created(4) == [(0, ""), (1, ""), (2, ""), (3, "")]
    assert created(1) == [(0, "")]


def test_a_larger_burst_lets_more_pass_at_once():
    """So many come at the beginning, the others one a second behind them."""
    times = created(4, **{"capacity_provider.write_burst": 3})
    assert times == [(0, ""), (0, ""), (0, ""), (1, "")]
