"""Sessions: how virtual time meets real clients, mode by mode."""

import pytest
from emulator_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    a_session,
    granted,
    provider_state,
    version_state,
)

from sim.emulator.clock import parse_pace
from sim.emulator.session import JUMP_MAX_US
from sim.units import DAY_US, SECOND_US


def create(session):
    """The provider, and a function on it."""
    granted(session.call("lambda:CreateCapacityProvider", "", CREATE_PROVIDER))


def test_a_look_at_something_on_its_way_brings_its_end():
    """The first look shows Pending, the next one Active, though the wall stands still."""
    session, _ = a_session()
    create(session)
    assert [provider_state(session), provider_state(session)] == ["Pending", "Active"]


def test_a_look_at_something_else_moves_no_time():
    """Only what is looked at is waited for."""
    session, _ = a_session()
    create(session)
    before_us = session.now_us
    granted(session.call("sts:GetCallerIdentity", "", {}))
    granted(session.call("ec2:DescribeVpcs", "", {}))
    assert session.now_us == before_us


def test_publishing_is_waited_for_with_its_launches():
    """A version becomes Active only after instances came and environments started."""
    session, _ = a_session()
    create(session)
    provider_state(session)
    granted(session.call("lambda:CreateFunction", "", CREATE_FUNCTION))
    assert [version_state(session), version_state(session)] == ["Pending", "Active"]
    instances = session.system.world.ec2.instances
    assert len(instances) == 3
    assert session.now_us < JUMP_MAX_US


def test_who_only_observes_moves_no_time():
    """The state stays what it was."""
    session, wall = a_session()
    create(session)
    wall.now_s += 3600
    states = [provider_state(session, is_observed=True) for _ in range(3)]
    assert states == ["Pending"] * 3
    assert session.now_us == 0


def test_a_manual_clock_stands_still_until_it_is_moved():
    """Neither looks nor the wall move it; an order does."""
    session, wall = a_session("manual")
    create(session)
    wall.now_s += 3600
    assert [provider_state(session), provider_state(session)] == ["Pending", "Pending"]
    session.advance(60 * SECOND_US)
    assert session.now_us == 60 * SECOND_US
    assert provider_state(session) == "Active"


def test_an_instant_clock_lets_every_change_come_to_rest():
    """The first look finds it done."""
    session, _ = a_session("instant")
    create(session)
    assert provider_state(session) == "Active"
    granted(session.call("lambda:CreateFunction", "", CREATE_FUNCTION))
    assert version_state(session) == "Active"


@pytest.mark.parametrize(("clock", "factor"), [("settle", 1), ("realtime:60", 60)])
def test_the_world_follows_the_wall_at_its_pace(clock, factor):
    """A minute of the wall is one of the world, or an hour."""
    session, wall = a_session(clock)
    wall.now_s += 60
    session.advance(0)
    assert session.now_us == 60 * factor * SECOND_US


def test_another_pace_goes_on_from_where_the_world_stands():
    """The clock neither jumps nor runs backwards."""
    session, wall = a_session("realtime:60")
    wall.now_s += 60
    session.set_pace("manual")
    stood_us = session.now_us
    assert stood_us == 3600 * SECOND_US
    wall.now_s += 60
    session.advance(0)
    assert session.now_us == stood_us


def test_credentials_end_by_the_wall_though_the_world_ran_ahead():
    """A session of a role is good for its hour, and not longer."""
    session, wall = a_session()
    role = session.system.account.principals.role("ExecutionRole")
    caller = session.system.account.principals.session(
        role, "test", expires_us=session.now_us + 3600 * SECOND_US
    )
    key = session.system.account.principals.keep_session(caller)
    session.advance(DAY_US)
    identity = ("sts:GetCallerIdentity", key, {})
    granted(session.call(*identity))
    wall.now_s += 3601
    assert session.call(*identity).code == "ExpiredToken"


def test_a_fortnight_of_an_idle_fleet_is_one_order():
    """Instances are replaced when they are fourteen days old, and the record grows."""
    session, _ = a_session()
    create(session)
    provider_state(session)
    granted(session.call("lambda:CreateFunction", "", CREATE_FUNCTION))
    version_state(session)
    first = set(session.system.world.ec2.instances)
    session.advance(15 * DAY_US)
    assert session.now_us > 15 * DAY_US
    assert len(session.system.world.ec2.instances) >= 2 * len(first)


@pytest.mark.parametrize(
    "text", ["", "fast", "settle:2", "realtime:0", "realtime:-1", "realtime:x"]
)
def test_a_clock_that_is_none_is_refused(text):
    """With the words that are expected."""
    with pytest.raises(ValueError, match="is no clock"):
        parse_pace(text)
