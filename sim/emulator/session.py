"""One world behind the HTTP front: time is moved here only, and every call is made here only."""

import logging
import time  # noqa: TID251 - real clients live by the wall's time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sim.assembly import assemble
from sim.controlplane.secrets_of_keys import secret_of, token_of
from sim.emulator.clock import ClockMode, Pace, VirtualClock, parse_pace
from sim.emulator.commands import Command, CommandKind
from sim.emulator.settling import Watch, everything, looked_at, settle
from sim.emulator.signatures import Secret
from sim.model.api_results import ApiResult, ApiSuccess
from sim.model.callers import Caller
from sim.scenario import Scenario
from sim.units import DAY_US, MINUTE_US, SECOND_US

JUMP_MAX_US: Final = 30 * MINUTE_US
"""How far a look, or a change where changes are instant, may bring the world forward."""
_AHEAD_US: Final = DAY_US
"""The record is extended so far beyond what is asked for."""
_LOG: Final = logging.getLogger("lmisim.emulator")
_READS: Final = ("Get", "List", "Describe", "Lookup", "Filter", "Simulate", "Decode")
"""How the names of operations begin that change nothing."""


class IamMode(StrEnum):
    """What the emulator makes of signatures and permissions."""

    ENFORCE = "enforce"
    """Signatures are verified, and denials are answered."""
    SOFT = "soft"
    """Signatures are verified; what would be denied is done, and stands among the decisions."""
    OFF = "off"
    """Everybody is the first user of the account, and is denied nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a session runs."""

    seed: int = 0
    pace: Pace = field(default_factory=lambda: Pace(ClockMode.SETTLE))
    iam: IamMode = IamMode.ENFORCE


wall_seconds: Final = time.time
"""The wall's time, seconds since the Unix epoch."""


def wall_now(seconds: float | None = None) -> datetime:
    """The wall's time in UTC, or that of so many seconds since the Unix epoch."""
    return datetime.fromtimestamp(wall_seconds() if seconds is None else seconds, tz=UTC)


class Session:
    """A world, its clock, and the keys of its users.

    Whatever is done to the world is a command; the same commands make the same world again.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        *,
        wall_s: Callable[[], float] = wall_seconds,
        started_wall_s: float | None = None,
        keep: Callable[[Command], None] = lambda _: None,
    ) -> None:
        """Build the world, make the set-up calls of its scenario, and stand at its first traffic.

        `wall_s` tells the wall's time in seconds since the Unix epoch; `started_wall_s` is when the
        world began, if that was in an earlier process. `keep` makes a command durable; it is asked
        before the command is carried out.
        """
        self.settings = settings
        self._wall_s = wall_s
        self._keep = keep
        self._request_count = 0
        self._started_wall_s = wall_s() if started_wall_s is None else started_wall_s
        self._start_us = scenario.preparation
        self._credentials_us = self._start_us
        self._pace = settings.pace
        self.system = assemble(
            scenario, seed=settings.seed, credential_clock=lambda: self._credentials_us
        )
        self._account = self.system.account
        self._account.authority.is_enforced = settings.iam is IamMode.ENFORCE
        self.access_keys = self._make_access_keys()
        self._run_until(self._start_us)
        self.clock = VirtualClock(settings.pace, start_us=self._start_us, wall_s=wall_s)

    @property
    def now_us(self) -> int:
        """The instant at which the world stands."""
        return self._account.now_us

    def calendar(self) -> datetime:
        """The same as a date and time."""
        return self._account.calendar(self.now_us)

    def wall(self) -> datetime:
        """The wall's time."""
        return wall_now(self._wall_s())

    def next_request_id(self) -> str:
        """Names a request: counted, in the form of a UUID."""
        self._request_count += 1
        return f"{self.settings.seed & 0xFFFFFFFF:08x}-0000-4000-8000-{self._request_count:012x}"

    def caller_of(self, access_key_id: str) -> Caller | None:
        """Who signs with an access key; None for a key that is not known."""
        return self.system.control_plane.caller_of(access_key_id)

    def secret_of(self, access_key_id: str) -> Secret | None:
        """What a known access key signs with."""
        caller = self.caller_of(access_key_id)
        if caller is None:
            return None
        token = None if caller.expires_us is None else token_of(access_key_id)
        return Secret(secret_of(access_key_id), token)

    def call(
        self,
        operation: str,
        access_key_id: str,
        request: Mapping[str, object],
        *,
        is_observed: bool = False,
    ) -> ApiResult:
        """Bring the world to the present, make a call, and bring about what the clock wants of it.

        An empty access key is that of the first user. Who only observes moves no time.
        """
        answer = self._do(
            CommandKind.CALL,
            operation=operation,
            access_key_id=access_key_id,
            is_observed=is_observed,
            body=request,
        )
        assert answer is not None, "a call is answered"
        return answer

    def advance(self, span_us: int) -> None:
        """Let a span of virtual time pass."""
        assert span_us >= 0, "the clock never runs backwards"
        self.advance_to(max(self.now_us, self.clock.now_us()) + span_us)

    def advance_to(self, time_us: int) -> None:
        """Let virtual time pass up to an instant, if that is not over."""
        self._do(CommandKind.ADVANCE, body={"to": time_us})

    def advance_to_next_event(self) -> None:
        """Let the next event of the world happen."""
        self._do(CommandKind.NEXT_EVENT)

    def settle(self) -> None:
        """Let virtual time pass until nothing is on its way, but not for long (`JUMP_MAX_US`)."""
        self._do(CommandKind.SETTLE)

    def set_pace(self, text: str) -> None:
        """Let time pass in another way; ValueError if the text names none."""
        parse_pace(text)
        self._do(CommandKind.PACE, body={"mode": text})

    def replay(self, commands: Iterable[Command]) -> None:
        """Carry out what was kept by an earlier process."""
        for command in commands:
            try:
                self._carry_out(command)
            except Exception:
                # It ended so when it was made, too, and the world went on from there.
                _LOG.exception("a kept command ended in an error of lmisim: %s", command.operation)
        self.clock = VirtualClock(self._pace, start_us=self.now_us, wall_s=self._wall_s)

    def _do(
        self,
        kind: CommandKind,
        *,
        operation: str = "",
        access_key_id: str = "",
        is_observed: bool = False,
        body: Mapping[str, object] = MappingProxyType({}),
    ) -> ApiResult | None:
        """Keep a command, carry it out, and bring the clock to where it led."""
        elapsed_s = max(0.0, self._wall_s() - self._started_wall_s)
        command = Command(
            kind,
            world_us=self.now_us if is_observed else max(self.now_us, self.clock.now_us()),
            credentials_us=self._start_us + int(elapsed_s * SECOND_US),
            operation=operation,
            access_key_id=access_key_id,
            is_observed=is_observed,
            body=body,
        )
        self._keep(command)
        answer = self._carry_out(command)
        if not is_observed:
            self.clock.jump_to(self.now_us)
        if self._pace is not self.clock.pace:
            self.clock.set_pace(self._pace)
        return answer

    def _carry_out(self, command: Command) -> ApiResult | None:
        self._credentials_us = command.credentials_us
        self._run_until(command.world_us)
        match command.kind:
            case CommandKind.CALL:
                return self._call(command)
            case CommandKind.ADVANCE:
                self._run_until(int(str(command.body["to"])))
            case CommandKind.NEXT_EVENT:
                self._run_until(self.system.foundation.kernel.peek_us() or 0)
            case CommandKind.SETTLE:
                self._settle_all()
            case CommandKind.PACE:
                self._pace = parse_pace(str(command.body["mode"]))
        return None

    def _call(self, command: Command) -> ApiResult:
        key = command.access_key_id
        caller = self.caller_of(key) if key else self._first_user()
        assert caller is not None, "whoever calls was known"
        answer = self.system.control_plane.call(command.operation, caller, command.body)
        if isinstance(answer, ApiSuccess) and not command.is_observed:
            self._follow(command, answer)
        return answer

    def _follow(self, command: Command, answer: ApiSuccess) -> None:
        """Bring about what the clock's mode wants after a call."""
        is_read = command.operation.partition(":")[2].startswith(_READS)
        match self._pace.mode:
            case ClockMode.SETTLE if is_read:
                self._settle(
                    looked_at(self._account, command.operation, command.body, answer.output),
                    self.now_us + JUMP_MAX_US,
                )
            case ClockMode.INSTANT if not is_read:
                self._settle_all()
            case _:
                pass

    def _settle_all(self) -> None:
        until_us = self.now_us + JUMP_MAX_US
        before_us = -1
        while before_us < self.now_us < until_us:
            before_us = self.now_us
            self._settle(everything(self._account), until_us)

    def _settle(self, watches: Iterable[Watch], until_us: int) -> None:
        self._extend(until_us)
        settle(self.system, watches, until_us=until_us)

    def _run_until(self, time_us: int) -> None:
        if time_us > self.now_us:
            self._extend(time_us)
            self.system.advance_to(time_us)

    def _extend(self, time_us: int) -> None:
        """Let the record of invocations reach beyond an instant."""
        world = self.system.world
        if time_us + MINUTE_US >= world.horizon_us:
            world.extend(time_us + _AHEAD_US)

    def _first_user(self) -> Caller:
        caller = self._account.principals.user_caller(self.system.scenario.account.users[0].name)
        assert caller is not None, "the scenario's users are there"
        return caller

    def _make_access_keys(self) -> dict[str, tuple[str, str]]:
        """An access key and its secret for every user, by name; they are there from the start."""
        keys = {}
        for user in self._account.principals.users():
            key = self._account.principals.add_access_key(user, now_us=0)
            keys[user.name] = (key.access_key_id, secret_of(key.access_key_id))
        return keys
