"""Every legal move of the model's nouns is made in a world and written down as it is made."""

import sys
from collections import Counter
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import pytest
from engine_bench import FIRST_US, READY_US, START_US, Bench, a_provider
from small_worlds import CREATE_FUNCTION, LINKED_ROLE, a_running_world, a_world, granted

from sim.engine.ec2_start_failures import StartFailure, StartFailureCode
from sim.engine.troubles import TroubleScope, TroubleSpan
from sim.model import states
from sim.model.journal_entries import (
    CapacityProviderChanged,
    EnvironmentChanged,
    FunctionVersionChanged,
    FunctionVersionUpdated,
    InstanceChanged,
    ServiceLinkedRoleChanged,
)
from sim.model.states import (
    LEGAL_MOVES,
    CapacityProviderState,
    DeletionStatus,
    EnvironmentState,
    FunctionVersionState,
    ManagedInstanceState,
    UpdateStatus,
)
from sim.units import MINUTE_US, SECOND_US

NOUN_OF_ENTRY = {
    CapacityProviderChanged: CapacityProviderState,
    FunctionVersionChanged: FunctionVersionState,
    InstanceChanged: ManagedInstanceState,
    EnvironmentChanged: EnvironmentState,
}
END_OF_TASK = {"deletion_failed": DeletionStatus.FAILED, "deleted": DeletionStatus.SUCCEEDED}
HEAD = "$LATEST.PUBLISHED"

UNREACHABLE = {
    (CapacityProviderState, "Pending", "Failed"): (
        "what could fail is refused when the provider is created; what else makes AWS fail one "
        "is not documented"
    ),
    (CapacityProviderState, "Failed", "Deleting"): "no provider fails",
    (FunctionVersionState, "Pending", "ActiveNonInvocable"): (
        "only `$LATEST` does so: answers show it, for nothing runs that an engine could move"
    ),
    (FunctionVersionState, "ActiveNonInvocable", "Deleting"): "the same",
}
"""Moves of AWS that no world makes, with the reason."""


def a_sound_life():
    """A version comes, is turned off and on again, and goes."""
    bench = Bench()
    version = bench.published()
    bench.versions.rescale(bench.provider, version, count_min=0, count_max=0)
    bench.run_for(MINUTE_US)
    bench.versions.rescale(bench.provider, version, count_min=3, count_max=9)
    bench.run_for(10 * MINUTE_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(MINUTE_US)
    bench.providers.delete(bench.provider)
    bench.run_for(10 * MINUTE_US)
    return bench


def busy_ends():
    """Versions that are deleted while they come, while they are turned off, and after that."""
    bench = Bench()
    one, two, three = (bench.publish(name, function_index=n) for n, name in enumerate("abc"))
    bench.versions.delete(bench.provider, one)
    bench.versions.rescale(bench.provider, two, count_min=0, count_max=0)
    bench.run_for(FIRST_US + READY_US + START_US)
    bench.versions.delete(bench.provider, two)
    bench.routing.busy_us = 20 * SECOND_US
    bench.versions.rescale(bench.provider, three, count_min=0, count_max=0)
    bench.run_for(SECOND_US)
    bench.versions.delete(bench.provider, three)
    bench.run_for(MINUTE_US)
    return bench


def a_failed_version():
    """Its init fails; published again it comes, and fails and goes the next time."""
    bench = Bench()
    version = bench.publish(init_failure_fraction=1.0)
    bench.run_for(10 * MINUTE_US)
    bench.versions.publish_again(bench.provider, version, version.size)
    bench.run_for(10 * MINUTE_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(MINUTE_US)
    return bench


def updates():
    """A head whose update works, fails, is tried again, and is taken back by turning it off."""
    bench = Bench()
    version = bench.published(version=HEAD)
    for fraction in (0.0, 1.0, 0.0, 1.0):
        version.init_failure_fraction = fraction
        bench.versions.publish_again(bench.provider, version, version.size)
        bench.run_for(10 * MINUTE_US)
    bench.versions.rescale(bench.provider, version, count_min=0, count_max=0)
    bench.run_for(MINUTE_US)
    bench.versions.publish_again(bench.provider, version, version.size)
    bench.run_for(MINUTE_US)
    return bench


def dying_instances():
    """Instances that do not start, and some whose provider goes while they start."""
    bench = Bench()
    span = TroubleSpan(0, FIRST_US + MINUTE_US)
    failure = StartFailure(
        StartFailureCode.SERVER_ERROR, TroubleScope(availability_zones=("*a",)), span
    )
    bench.ec2.laws.start_failures.add(failure)
    version = bench.publish()
    bench.run_for(FIRST_US + 10 * SECOND_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(0)
    bench.providers.delete(bench.provider)
    bench.run_for(10 * MINUTE_US)
    return bench


def a_provider_deleted_at_once():
    """One that never was Active, and one whose instances are pending."""
    bench = Bench()
    provider = a_provider(bench.dials, name="batch", state=CapacityProviderState.PENDING)
    bench.providers.create(provider)
    bench.providers.delete(provider)
    version = bench.publish()
    bench.run_for(FIRST_US + SECOND_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(0)
    bench.providers.delete(bench.provider)
    bench.run_for(10 * MINUTE_US)
    return bench


def a_turnover():
    """Environments crash; instances are patched, at last without others to take their place."""
    bench = Bench()
    version = bench.published()
    for environment in version.present():
        bench.environments.crash(environment.row)
    bench.run_for(MINUTE_US)
    bench.authority.denied.add("ec2:RunInstances")
    bench.patches.patch()
    bench.run_for(20 * MINUTE_US)
    return bench


def service_linked_roles():
    """One that is in use, and goes when the provider has gone."""
    world = a_running_world()
    role = {"RoleName": LINKED_ROLE}
    granted(world.call("iam:DeleteServiceLinkedRole", role))
    granted(world.at("8m").call("lambda:DeleteFunction", {"FunctionName": "site"}))
    world.at("9m")
    granted(world.call("lambda:DeleteCapacityProvider", {"CapacityProviderName": "web"}))
    granted(world.at("20m").call("iam:DeleteServiceLinkedRole", role))
    return world.at("25m").system


WORLDS = [
    a_sound_life,
    busy_ends,
    a_failed_version,
    updates,
    dying_instances,
    a_provider_deleted_at_once,
    a_turnover,
    service_linked_roles,
]


@contextmanager
def watched(moves):
    """Count every move that any part of the model makes."""
    original = states.moved

    def spy(current, target):
        moves[type(current), current.value, target.value] += 1
        return original(current, target)

    users = [m for m in list(sys.modules.values()) if getattr(m, "moved", None) is original]
    patches = [patch.object(module, "moved", spy) for module in users]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def journaled(entries):
    """How often the journal tells each move."""
    moves, statuses = Counter(), {}
    for entry in entries:
        noun = NOUN_OF_ENTRY.get(type(entry))
        if noun is not None and entry.old_state:
            moves[noun, entry.old_state, entry.new_state] += 1
        elif isinstance(entry, FunctionVersionUpdated):
            key = entry.function, entry.version
            before = statuses.get(key, UpdateStatus.SUCCESSFUL.value)
            moves[UpdateStatus, before, entry.status] += 1
            statuses[key] = entry.status
        elif isinstance(entry, ServiceLinkedRoleChanged) and entry.change in END_OF_TASK:
            end = END_OF_TASK[entry.change]
            moves[DeletionStatus, DeletionStatus.IN_PROGRESS.value, end.value] += 1
    return moves


@cache
def lived(build):
    """Moves that a world made, and those that its journal tells."""
    made = Counter()
    with watched(made):
        world = build()
    return made, journaled(world.foundation.journal.entries)


def test_every_legal_move_is_made_somewhere_or_cannot_be():
    """All tables, move by move; what is said to be unreachable is reached by no world."""
    legal = {
        (noun, source.value, target.value)
        for noun, table in LEGAL_MOVES.items()
        for source, targets in table.items()
        for target in targets
    }
    made = set().union(*(lived(build)[0] for build in WORLDS))
    assert legal - made == set(UNREACHABLE)


@pytest.mark.parametrize("build", WORLDS)
def test_every_move_is_journaled_as_often_as_it_is_made(build):
    """The journal tells neither more nor less, for every noun."""
    made, told = lived(build)
    assert made == told


def test_latest_is_pending_then_never_invocable_then_deleting_in_answers():
    """The states of `$LATEST`, which the engine does not move."""
    site = {"FunctionName": "site"}
    world = a_world(has_functions=False).at("10s")
    assert granted(world.call("lambda:CreateFunction", CREATE_FUNCTION))["State"] == "Pending"
    world = a_running_world()
    answer = world.call("lambda:GetFunctionConfiguration", site)
    assert granted(answer)["State"] == "ActiveNonInvocable"
    granted(world.call("lambda:DeleteFunction", site))
    answer = world.call("lambda:GetFunctionConfiguration", site)
    assert granted(answer)["State"] == "Deleting"
    assert world.calls("lambda:DeleteFunction")
