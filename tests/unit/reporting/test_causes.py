"""Checks of the cause of an outage: named first, and only where nothing was in service."""

from dataclasses import replace

import numpy as np
import pytest

from sim.metrics import build_tables
from sim.model.invocation_record import THROTTLE_OUTCOMES
from sim.model.journal_entries import JournalEntry, ThrottlingStarted
from sim.model.run_record import RunRecord
from sim.reporting import grids
from sim.reporting.causes import outage
from sim.reporting.story import story
from sim.reporting.verdict import verdict
from sim.units import MINUTE_US
from tests.unit.metrics.records import a_function, a_record, invocations
from tests.unit.reporting.runs_in_trouble import (
    ARRIVED,
    NONE,
    a_call,
    a_move_of_version,
    throttled_counts,
    unserved,
)

CREATE_PROVIDER, CREATE_FUNCTION = "lambda:CreateCapacityProvider", "lambda:CreateFunction"
NAMES = ("site", "other")
PENDING = a_move_of_version("", "Pending", at_s=1)
ACTIVE = a_move_of_version("Pending", "Active", at_s=60)
FAILED = a_move_of_version("Pending", "Failed", at_s=60, code="InsufficientRolePermissions")


def cause_of(record: RunRecord) -> str:
    """The cause with fresh tables."""
    return outage(record, build_tables(record))


@pytest.mark.parametrize(
    ("journal", "cause"),
    [
        (
            (PENDING, FAILED),
            (
                "Version 1 of function site is Failed (InsufficientRolePermissions), "
                "so nothing could be served"
            ),
        ),
        (
            (PENDING, FAILED, a_move_of_version("Failed", "Deleting", at_s=90)),
            (
                "Version 1 of function site is Failed (InsufficientRolePermissions), "
                "so nothing could be served"
            ),
        ),
        (
            (PENDING,),
            (
                "Version 1 of function site never became Active (it is Pending), "
                "so nothing could be served"
            ),
        ),
        (
            (PENDING, ACTIVE, a_move_of_version("Active", "Deleting", at_s=180)),
            (
                "Version 1 of function site was deleted at 0:01:00, "
                "so nothing could be served from then on"
            ),
        ),
        (
            (PENDING, a_move_of_version("Pending", "Active", at_s=240)),
            (
                "Function site had no Active version until 2 min after the first traffic, "
                "so nothing could be served before"
            ),
        ),
        (
            (
                a_call(CREATE_PROVIDER, "web", message="User {x} may not do this."),
                a_call(CREATE_FUNCTION, "site", message="no capacity provider"),
            ),
            (
                "CreateCapacityProvider was refused: User {x} may not do this, "
                "so nothing could be served"
            ),
        ),
        (
            (
                a_call(CREATE_PROVIDER, "web", message="denied"),
                a_call(CREATE_PROVIDER, "web"),
                a_call(CREATE_FUNCTION, "site", message="iam:PassRole denied"),
                a_call("lambda:PublishVersion", "site", message="Function not found"),
            ),
            "CreateFunction was refused: iam:PassRole denied, so nothing could be served",
        ),
        ((), "No version of function site was published, so nothing could be served"),
        ((PENDING, ACTIVE), ""),
    ],
)
def test_cause_is_named(journal: tuple[JournalEntry, ...], cause: str) -> None:
    """States of versions and refused calls say why nothing could be served."""
    assert cause_of(unserved(*journal)) == cause


def test_no_cause_is_sought_while_environments_serve() -> None:
    """Throttles of environments in service have the fleet as their cause, not the set-up."""
    assert cause_of(a_record(invocations=throttled_counts(environments=1.0))) == ""


def test_only_the_function_without_service_is_named() -> None:
    """With another function in the run, the cause says which one could not be served."""
    functions = (a_function(), a_function(name="other"))
    alone = throttled_counts()
    counts = invocations(arrived=2 * ARRIVED, completed=[NONE[0], ARRIVED[0]], names=NAMES)
    outcomes = counts.outcomes.copy()
    outcomes[0] = alone.outcomes[0]
    both = replace(
        counts,
        outcomes=outcomes,
        throttled_attempts=outcomes[:, :, list(THROTTLE_OUTCOMES)],
        environment_us=np.array([[0.0] * 5, [1.0] * 5]),
        in_flight=np.zeros(2, dtype=np.int64),
    )
    record = unserved(PENDING, FAILED, functions=functions, invocations=both)
    assert cause_of(record).endswith("so nothing of function site could be served")


def test_verdict_begins_with_the_cause_and_names_no_limit() -> None:
    """Nobody is told of a concurrency limit when there was no environment to have one."""
    record = unserved(PENDING, FAILED)
    sentence = verdict(record, build_tables(record))
    assert sentence.startswith("Version 1 of function site is Failed (InsufficientRolePermissions)")
    assert "all because no execution environment was in service" in sentence
    assert "concurrency limit" not in sentence


def test_story_and_table_of_throttles_tell_the_empty_fleet() -> None:
    """A span that starts with nothing in service says so; the table counts such throttles."""
    started = ThrottlingStarted(time_us=2 * MINUTE_US, function="site", reason="concurrency")
    record = unserved(started)
    words = "\n".join(moment.words for moment in story(record, build_tables(record)))
    assert "starts to throttle while no execution environment is in service" in words
    assert grids.throttle_grid(build_tables(record)).rows[0][-1] == "360"
