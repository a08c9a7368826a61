"""Assembly: a scenario's numbers reach the world, set-up calls come in order, runs repeat."""

import gc
import json

import pytest
from small_worlds import (
    ACCOUNT,
    LINKED_ROLE_ARN,
    OPERATOR_ROLE_ARN,
    SmallWorld,
    a_scenario,
    a_world,
    document,
)

from sim.assembly import assemble, scenario_sha256
from sim.assembly.account import account_principals
from sim.assembly.set_up import set_up_calls
from sim.assembly.settings import bound_workloads, world_rules, world_settings
from sim.controlplane.inputs import INPUT_TYPES
from sim.engine.kernel import Priority
from sim.facts import catalogue
from sim.model.journal_entries import ApiCalled, WorldEnded, WorldStarted
from sim.scenario import load_scenario_text, to_resolved
from sim.units import MINUTE_US, SECOND_US


def a_changed_scenario(**changes):
    """The template with parts given as whole top-level values."""
    world = to_resolved(a_scenario())
    return load_scenario_text(json.dumps({**world, **changes}))


def changed_item(section, **members):
    """The template with members of the one item of a list replaced."""
    item = to_resolved(a_scenario())[section][0]
    return a_changed_scenario(**{section: [{**item, **members}]})


def planned(scenario):
    """Operations of the set-up calls with their times and callers."""
    return [
        (call.operation, call.at_us, call.caller) for call in set_up_calls(scenario, catalogue())
    ]


def test_set_up_comes_in_order():
    """Provider at the start, function one second after it can be Active, script in traffic time."""
    script = ({"at": "2m", "caller": "somebody", "operation": "lambda:ListCapacityProviders"},)
    deploy_us = 6 * SECOND_US
    assert planned(a_scenario(script=script)) == [
        ("lambda:CreateCapacityProvider", 0, "administrator"),
        ("lambda:CreateFunction", deploy_us, "administrator"),
        ("lambda:PublishVersion", deploy_us, "administrator"),
        ("lambda:ListCapacityProviders", 7 * MINUTE_US, "somebody"),
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"min_execution_environments": 5}, {"MinExecutionEnvironments": 5}),
        (
            {"max_execution_environments": 9},
            {"MinExecutionEnvironments": 3, "MaxExecutionEnvironments": 9},
        ),
    ],
)
def test_bounds_are_set_where_they_differ(members, expected):
    """A minimum or maximum of its own makes one PutFunctionScalingConfig for version 1."""
    calls = list(set_up_calls(changed_item("functions", **members), catalogue()))
    assert calls[-1].operation == "lambda:PutFunctionScalingConfig"
    named = {"FunctionName": "site", "Qualifier": "1"}
    assert calls[-1].request == {**named, "FunctionScalingConfig": expected}


def test_manual_scaling_becomes_a_policy_in_percent():
    """A CPU target of the scenario reaches the provider through the API's percent."""
    scaling = {"max_vcpu_count": 64, "mode": "manual", "target_cpu": 0.35}
    world = SmallWorld(changed_item("capacity_providers", scaling=scaling)).at("10s")
    assert world.provider.target_cpu_fraction == pytest.approx(0.35)


def test_set_up_calls_have_the_shape_of_their_operations():
    """Every set-up call is valid input, so that no world fails by our own mistake."""
    scaling = {"max_vcpu_count": 64, "mode": "manual", "target_cpu": 0.5}
    scenario = changed_item("capacity_providers", scaling=scaling)
    for call in set_up_calls(scenario, catalogue()):
        INPUT_TYPES[call.operation].model_validate(call.request)


def test_a_timeout_below_a_second_is_rounded_up_for_the_api():
    """Lambda takes whole seconds; the data plane keeps the scenario's own timeout."""
    scenario = changed_item("functions", timeout="250ms")
    call = next(c for c in set_up_calls(scenario, catalogue()) if "Timeout" in c.request)
    settings = world_settings(scenario, catalogue(), terminating_role_arn=LINKED_ROLE_ARN)
    assert call.request["Timeout"] == 1
    assert settings.functions[0].timeout_us == 250_000
    world = SmallWorld(scenario).at("10s")
    assert not world.entries(ApiCalled, operation="lambda:CreateFunction")[0].error_code


def test_numbers_come_from_the_facts():
    """Overridden assumptions reach rules and settings; a subnet lacks AWS's reserved addresses."""
    facts = catalogue().with_overrides({"scaler.target_cpu_fraction": 0.6})
    scenario = a_scenario()
    settings = world_settings(scenario, facts, terminating_role_arn=LINKED_ROLE_ARN)
    assert [s.address_count for s in settings.subnets] == [251, 251]
    assert settings.horizon_us == 35 * MINUTE_US
    assert settings.template.operator == facts.text("managed_instance.operator")
    provider = a_world().at("10s").provider
    rules = world_rules(scenario.placement, facts)
    assert rules.scaling_policy(provider).scale_out_step_max == facts.number(
        "scaler.scale_out_step_max"
    )
    assert rules.instance_requirements(provider).architecture == "arm64"
    world = a_world(assumptions={"scaler.target_cpu_fraction": "60%"}).at("10s")
    assert world.provider.target_cpu_fraction == pytest.approx(0.6)


def test_workloads_are_bound_to_their_functions():
    """A workload carries the demands of the function that it calls."""
    scenario = a_scenario()
    (workload,) = bound_workloads(scenario)
    assert (workload.name, workload.function_index) == ("site", 0)
    assert workload.cpu is scenario.functions[0].cpu


def test_principals_are_those_of_the_scenario():
    """Users, roles, labels, pinned managed policies and guardrails are taken over."""
    scenario = a_scenario(operator=document({"Effect": "Allow", "Action": "*", "Resource": "*"}))
    principals = account_principals(scenario, catalogue())
    operator = principals.role_of_arn(OPERATOR_ROLE_ARN)
    execution = principals.role("SiteExecutionRole")
    assert (operator.label, execution.label) == ("operator role", "SiteExecutionRole")
    assert list(operator.stored.inline) == ["Operate"]
    assert principals.user_caller("nobody").arn == f"arn:aws:iam::{ACCOUNT}:user/nobody"
    assert principals.user_caller("Nobody") is None


def test_the_first_entry_names_the_world_and_the_last_its_totals():
    """WorldStarted carries scenario, seed and version; WorldEnded the digest of the invocations."""
    scenario = a_scenario(duration="2m")
    system = assemble(scenario, seed=3)
    system.advance_to(system.horizon_us)
    record = system.finish()
    first, last = system.foundation.journal.entries[0], system.foundation.journal.entries[-1]
    assert isinstance(first, WorldStarted)
    assert (first.seed, first.scenario_sha256) == (3, scenario_sha256(scenario))
    assert isinstance(last, WorldEnded)
    assert last.arrived == int(record.arrived.sum())
    assert not system.observers.report().violations


def digest(scenario, seed=1, steps=1):
    """Journal digest of a run in so many steps."""
    system = assemble(scenario, seed=seed)
    for step in range(1, steps + 1):
        system.advance_to(system.horizon_us * step // steps)
    system.finish()
    return system.foundation.journal.sha256()


def test_how_a_run_is_advanced_changes_nothing():
    """One step or forty: the same journal, and another seed makes another."""
    scenario = a_scenario(duration="5m")
    assert digest(scenario) == digest(scenario, steps=40)
    assert digest(scenario) != digest(scenario, seed=2)


@pytest.mark.parametrize("young", [0, 700, 1_000_000])
def test_a_world_that_runs_leaves_the_garbage_collector_as_it_was(young):
    """It looks seldom meanwhile, unless somebody wants it to look more seldom still, or never."""
    before, seen = gc.get_threshold(), []
    gc.set_threshold(young, *before[1:])
    try:
        system = assemble(a_scenario(duration="1m"), seed=1)
        system.foundation.kernel.call_at(
            0, Priority.OBSERVER, lambda: seen.append(gc.get_threshold()[0])
        )
        system.advance_to(SECOND_US)
        after = gc.get_threshold()
    finally:
        gc.set_threshold(*before)
    assert seen == [young and max(young, 50_000)]
    assert after == (young, *before[1:])


def test_conditions_on_time_see_the_calendar_of_the_scenario():
    """A policy that allows a call only after an instant of the scenario's calendar does so."""
    may = document(
        {
            "Effect": "Allow",
            "Action": "lambda:ListCapacityProviders",
            "Resource": "*",
            "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-01-05T00:01:00Z"}},
        }
    )
    world = a_world(somebody=may).at("5m")
    assert world.call("lambda:ListCapacityProviders", by="somebody").code == "AccessDeniedException"
    assert world.at("6m1s").call("lambda:ListCapacityProviders", by="somebody").output
