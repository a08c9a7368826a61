"""Commands on disk: what was acknowledged is there again, and damage is told."""

import sqlite3

import pytest
from emulator_worlds import (
    CREATE_FUNCTION,
    CREATE_PROVIDER,
    Wall,
    a_scenario,
    granted,
    provider_state,
    version_state,
)

from sim.controlplane.door import ControlPlane
from sim.emulator.command_store import BrokenStoreError, CommandStore
from sim.emulator.session import Settings
from sim.emulator.start import kept_session
from sim.errors import EnvironmentProblemError
from sim.units import SECOND_US


def a_kept(folder, wall=None, **options):
    """A session that keeps its commands in the folder."""
    return kept_session(folder, a_scenario, Settings(), wall_s=wall or Wall(), **options)


def a_story(kept):
    """A provider, a function and some time; returns the digest of the journal."""
    session = kept.session
    granted(session.call("lambda:CreateCapacityProvider", "", CREATE_PROVIDER))
    provider_state(session)
    granted(session.call("lambda:CreateFunction", "", CREATE_FUNCTION))
    version_state(session)
    granted(session.call("lambda:Invoke", "", {"FunctionName": "site:1", "Payload": b"{}"}))
    session.advance(90 * SECOND_US)
    return session.system.foundation.journal.sha256()


def test_a_world_is_there_again_after_its_process_is_gone(tmp_path):
    """The same journal to the last digit, the same instant, and what follows goes on from there."""
    kept = a_kept(tmp_path)
    digest, now_us = a_story(kept), kept.session.now_us
    kept.store.close()
    again = a_kept(tmp_path)
    assert again.session.system.foundation.journal.sha256() == digest
    assert again.session.now_us == now_us
    assert again.replayed_count == 6
    assert version_state(again.session) == "Active"


def test_the_wall_of_another_day_changes_nothing_of_what_was(tmp_path):
    """Recovery asks the commands, not the clock of today."""
    kept = a_kept(tmp_path)
    digest = a_story(kept)
    kept.store.close()
    later = Wall()
    later.now_s += 1e6
    assert a_kept(tmp_path, later).session.system.foundation.journal.sha256() == digest


def test_a_folder_serves_one_process(tmp_path):
    """The second is told so."""
    kept = a_kept(tmp_path)
    with pytest.raises(EnvironmentProblemError, match="in use by another process"):
        a_kept(tmp_path)
    kept.store.close()
    a_kept(tmp_path).store.close()


def changed(folder, statement, *values):
    """Change the file behind the store's back."""
    with sqlite3.connect(folder / "commands.sqlite") as connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commands SET text = replace(text, 'web', 'wob') WHERE number = 3",
        "UPDATE commands SET hash = x'00' WHERE number = 3",
        "DELETE FROM commands WHERE number = 3",
        "UPDATE commands SET text = '{}' WHERE number = 3",
    ],
)
def test_a_changed_command_is_found_and_named(tmp_path, statement):
    """Nothing is loaded, nothing is deleted; the file and the last sound command are named."""
    kept = a_kept(tmp_path)
    a_story(kept)
    kept.store.close()
    changed(tmp_path, statement)
    with pytest.raises(BrokenStoreError, match=r"commands.sqlite` is damaged after command 2"):
        a_kept(tmp_path)
    assert (tmp_path / "commands.sqlite").exists()


def test_a_sound_prefix_can_be_recovered_and_the_rest_is_kept(tmp_path):
    """The commands before the damage make the world; the whole file lies in quarantine."""
    kept = a_kept(tmp_path)
    a_story(kept)
    kept.store.close()
    changed(tmp_path, "DELETE FROM commands WHERE number = 4")
    again = a_kept(tmp_path, recovers_prefix=True)
    assert again.replayed_count == 3
    assert (tmp_path / "quarantine" / "000" / "commands.sqlite").exists()
    again.store.close()
    assert a_kept(tmp_path).replayed_count == 3


def test_another_scenario_behind_the_same_commands_is_found(tmp_path):
    """What the world is made of is the beginning of the chain."""
    kept = a_kept(tmp_path)
    a_story(kept)
    kept.store.close()
    changed(tmp_path, "UPDATE meta SET value = '1' WHERE name = 'seed'")
    with pytest.raises(BrokenStoreError, match="after command 0"):
        a_kept(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """It stays as it is."""
    file = tmp_path / "commands.sqlite"
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(BrokenStoreError, match="damaged after command 0"):
        CommandStore(tmp_path)
    assert file.read_bytes().startswith(b"no database")


def test_a_call_that_ends_in_a_mistake_of_ours_does_not_lock_its_folder(tmp_path, monkeypatch):
    """It ends so again when the world is made anew, and the world goes on as it did."""

    def broken(*_):
        raise RuntimeError("a mistake")

    kept = a_kept(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(ControlPlane, "call", broken)
        with pytest.raises(RuntimeError, match="a mistake"):
            kept.session.call("sts:GetCallerIdentity", "", {})
        kept.store.close()
        a_kept(tmp_path).store.close()
    a_story(a_kept(tmp_path))


def test_keys_are_known_by_who_has_them(tmp_path):
    """A deactivated key signs no more; the other one of the user does."""
    session = a_kept(tmp_path).session
    (key, _), _ = session.access_keys.values()
    granted(session.call("iam:UpdateAccessKey", "", {"AccessKeyId": key, "Status": "Inactive"}))
    assert session.caller_of(key) is None
    other = granted(session.call("iam:CreateAccessKey", "", {}))["AccessKey"]["AccessKeyId"]
    assert session.caller_of(other).name == "administrator"
