"""States: only the drawn moves are possible, and one noun's states are never another's."""

from itertools import product

import pytest

from sim.model.states import (
    LEGAL_MOVES,
    CapacityProviderState,
    DeletionStatus,
    EnvironmentState,
    FunctionVersionState,
    ManagedInstanceState,
    UpdateStatus,
    moved,
)

NOUNS = list(LEGAL_MOVES)
FINAL = {
    CapacityProviderState: {"Gone"},
    FunctionVersionState: {"Gone"},
    ManagedInstanceState: {"terminated"},
    DeletionStatus: {"SUCCEEDED", "FAILED"},
    EnvironmentState: {"terminated"},
}
ENDLESS = {UpdateStatus}
"""Nouns that a version has as long as it lives."""


@pytest.mark.parametrize("noun", NOUNS)
def test_every_state_of_a_noun_has_a_row(noun):
    """The table knows all states, and leads only to states of the noun."""
    assert set(LEGAL_MOVES[noun]) == set(noun)
    assert all(isinstance(target, noun) for row in LEGAL_MOVES[noun].values() for target in row)


@pytest.mark.parametrize("noun", NOUNS)
def test_legal_moves_are_made_and_all_others_are_bugs(noun):
    """For every pair of states the move either returns the target or asserts."""
    for current, target in product(noun, noun):
        if target in LEGAL_MOVES[noun][current]:
            assert moved(current, target) is target
        else:
            with pytest.raises(AssertionError, match="illegal move"):
                moved(current, target)


@pytest.mark.parametrize("noun", NOUNS)
def test_final_states_lead_nowhere_and_all_states_lead_to_one(noun):
    """From every state there is a way to the end, and none leads out of it."""
    moves = LEGAL_MOVES[noun]
    final = FINAL.get(noun, set())
    assert bool(final) != (noun in ENDLESS)
    assert {state for state, targets in moves.items() if not targets} == final
    for state in noun:
        reached, frontier = set(), {state}
        while frontier:
            reached |= frontier
            frontier = set().union(*(moves[s] for s in frontier)) - reached
        assert reached & final or reached == set(noun)


def test_states_of_different_nouns_do_not_mix_although_their_texts_are_equal():
    """An instance's `draining` equals an environment's as text, but is no move for it."""
    assert ManagedInstanceState.DRAINING == EnvironmentState.DRAINING
    with pytest.raises(AssertionError, match="cannot become a EnvironmentState"):
        moved(ManagedInstanceState.READY, EnvironmentState.DRAINING)


def test_ec2_shows_one_running_state_for_lambdas_refinements():
    """Ready and draining instances are `running` for EC2; the others keep their names."""
    shown = {state: state.ec2_state for state in ManagedInstanceState}
    assert shown[ManagedInstanceState.READY] == shown[ManagedInstanceState.DRAINING] == "running"
    assert set(shown.values()) == {"pending", "running", "shutting-down", "terminated"}
