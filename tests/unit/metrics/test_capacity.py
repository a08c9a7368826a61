"""Checks of the fold from the journal to instances, vCPUs and environments over time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.capacity import INSTANCE_COLUMNS, capacity_table, total_level
from sim.metrics.instances import instances_table
from sim.model.journal_entries import JournalEntry
from sim.units import MINUTE_US, SECOND_US
from tests.unit.metrics.day_record import a_day
from tests.unit.metrics.records import ZONES, a_launch, a_move, a_record, an_environment

START = 2 * MINUTE_US


def rows(journal: list[JournalEntry], zone: str = ZONES[0]) -> dict[str, list[float]]:
    """Columns of one zone as lists."""
    table = capacity_table(a_record(journal=tuple(journal)))
    return table[table["availability_zone"] == zone].to_dict("list")


def test_every_zone_has_a_row_per_minute() -> None:
    """Zones without instances are there too, with zeros."""
    table = capacity_table(a_record())
    assert len(table) == 3 * 3
    assert table["instances"].sum() == 0


def test_instance_counts_by_state_and_time() -> None:
    """Launched at the half of a minute and ready 15 s later: half an instance, a quarter ready."""
    launch = a_launch(START + 30 * SECOND_US)
    found = rows([launch, a_move(launch, START + 45 * SECOND_US, "pending", "ready")])
    assert found["instances_pending"] == [0.25, 0.0, 0.0]
    assert found["instances_ready"] == [0.25, 1.0, 1.0]
    assert found["instances"] == [0.5, 1.0, 1.0]
    assert found["provisioned_vcpu"] == [4.0, 8.0, 8.0]


def test_allocatable_vcpus_leave_out_what_the_system_keeps() -> None:
    """A ready instance of 8 vCPUs offers 7; a draining one offers none but is still paid."""
    launch = a_launch(0)
    moves = [
        a_move(launch, SECOND_US, "pending", "running"),
        a_move(launch, START, "running", "ready"),
        a_move(launch, START + MINUTE_US, "ready", "draining"),
        a_move(launch, START + 2 * MINUTE_US, "draining", "shutting-down"),
    ]
    found = rows([launch, *moves])
    assert found["allocatable_vcpu"] == [7.0, 0.0, 0.0]
    assert found["provisioned_vcpu"] == [8.0, 8.0, 8.0]
    assert found["instances_shutting_down"] == [0.0, 0.0, 1.0]


def test_environment_holds_its_vcpus_until_terminated() -> None:
    """Starting, ready and draining environments are allocated; terminated ones are not."""
    launch = a_launch(0, availability_zone=ZONES[1])
    moves = [
        an_environment(launch, START, "", "starting"),
        an_environment(launch, START + 30 * SECOND_US, "starting", "ready"),
        an_environment(launch, START + MINUTE_US, "ready", "draining"),
        an_environment(launch, START + 2 * MINUTE_US, "draining", "terminated"),
    ]
    found = rows([launch, *moves], ZONES[1])
    assert found["allocated_vcpu"] == [1.0, 1.0, 0.0]
    assert found["environments_starting"] == [0.5, 0.0, 0.0]
    assert found["environments_ready"] == [0.5, 0.0, 0.0]
    assert found["environments_draining"] == [0.0, 1.0, 0.0]


@given(st.lists(st.integers(0, 5 * MINUTE_US - 1), max_size=12), st.integers(1, 2 * MINUTE_US))
def test_paid_time_equals_lifetimes_inside_the_traffic(starts: list[int], lasts_us: int) -> None:
    """Instance-minutes of the table are exactly the lifetimes cut to the traffic."""
    journal: list[JournalEntry] = []
    for number, start in enumerate(starts):
        launch = a_launch(start, number)
        journal += [launch, a_move(launch, start + lasts_us, "pending", "terminated")]
    journal.sort(key=lambda entry: entry.time_us)
    cut = [max(min(t + lasts_us, 5 * MINUTE_US) - max(t, START), 0) for t in starts]
    table = capacity_table(a_record(journal=tuple(journal)))
    assert table["instances"].sum() * MINUTE_US == pytest.approx(sum(cut))
    assert table["provisioned_vcpu"].sum() == pytest.approx(8 * table["instances"].sum())


def test_day_ends_with_the_instances_that_are_left() -> None:
    """Over a whole day the level at the end is launched less terminated, and never negative."""
    record = a_day()
    level = total_level(record, *INSTANCE_COLUMNS)
    instances = instances_table(record)
    left = int(instances["terminated_us"].isna().sum())
    assert level.at(np.array([record.horizon_us])).tolist() == [left]
    assert level.levels.min() >= 0
