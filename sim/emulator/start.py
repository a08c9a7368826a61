"""A session that begins, or goes on from what an earlier process kept in a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.emulator.clock import parse_pace
from sim.emulator.command_store import CommandStore
from sim.emulator.session import IamMode, Session, Settings, wall_seconds
from sim.errors import EnvironmentProblemError
from sim.scenario import Scenario, load_scenario_text, resolved_text
from sim.version import VERSION


@dataclass(frozen=True, slots=True)
class Kept:
    """A session whose commands are kept."""

    session: Session
    store: CommandStore
    replayed_count: int


def kept_session(
    folder: Path,
    make_scenario: Callable[[], Scenario],
    settings: Settings,
    *,
    wall_s: Callable[[], float] = wall_seconds,
    recovers_prefix: bool = False,
) -> Kept:
    """Begin a world in a new folder, or bring the one of the folder to where it was.

    A folder that has a world keeps its scenario, seed, clock and IAM mode. Raises
    EnvironmentProblemError if the folder is in use, was written by another version, or is damaged.
    """
    store = CommandStore(folder)
    try:
        meta = store.meta()
        if not meta:
            return _begun(store, make_scenario(), settings, wall_s=wall_s)
        if recovers_prefix:
            store.recover_prefix()
        return _gone_on(store, wall_s=wall_s)
    except BaseException:
        store.close()
        raise


def _gone_on(store: CommandStore, *, wall_s: Callable[[], float]) -> Kept:
    meta = store.meta()
    if meta["version"] != VERSION:
        raise EnvironmentProblemError(
            f"the folder was written by lmisim {meta['version']}, this is {VERSION}: the same "
            "commands might make another world; take the version that wrote it, or another folder"
        )
    session = Session(
        load_scenario_text(meta["scenario"], name="scenario of the folder"),
        Settings(int(meta["seed"]), parse_pace(meta["clock"]), IamMode(meta["iam"])),
        wall_s=wall_s,
        started_wall_s=float(meta["started_wall_s"]),
        keep=store.append,
    )
    commands = list(store.commands())
    session.replay(commands)
    return Kept(session, store, len(commands))


def _begun(
    store: CommandStore, scenario: Scenario, settings: Settings, *, wall_s: Callable[[], float]
) -> Kept:
    started_wall_s = wall_s()
    store.begin(
        {
            "version": VERSION,
            "scenario": resolved_text(scenario),
            "seed": str(settings.seed),
            "clock": settings.pace.text,
            "iam": settings.iam.value,
            "started_wall_s": repr(started_wall_s),
        }
    )
    session = Session(
        scenario, settings, wall_s=wall_s, started_wall_s=started_wall_s, keep=store.append
    )
    return Kept(session, store, 0)
