"""One world behind the HTTP front: time is moved here only, and every call is made here only."""

import time  # noqa: TID251 - real clients live by the wall's time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sim.assembly import assemble
from sim.controlplane.secrets_of_keys import secret_of, token_of
from sim.emulator.clock import ClockMode, Pace, VirtualClock
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


def wall_now(seconds: float | None = None) -> datetime:
    """The wall's time in UTC, or that of so many seconds since the Unix epoch."""
    return datetime.fromtimestamp(time.time() if seconds is None else seconds, tz=UTC)


class Session:
    """A world, its clock, and the keys of its users."""

    def __init__(
        self, scenario: Scenario, settings: Settings, *, wall_s: Callable[[], float] = time.time
    ) -> None:
        """Build the world, make the set-up calls of its scenario, and stand at its first traffic.

        `wall_s` tells the wall's time in seconds since the Unix epoch.
        """
        self.settings = settings
        self._wall_s = wall_s
        self._request_count = 0
        self._started_wall_s = wall_s()
        start_us = scenario.preparation
        self._credentials_start_us = start_us
        self.system = assemble(
            scenario, seed=settings.seed, credential_clock=self._credential_clock
        )
        self._account = self.system.account
        self._account.authority.is_enforced = settings.iam is IamMode.ENFORCE
        self.access_keys = self._make_access_keys()
        self._run_until(start_us)
        self.clock = VirtualClock(settings.pace, start_us=start_us, wall_s=wall_s)

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

    def first_user(self) -> Caller:
        """The first user of the account."""
        caller = self._account.principals.user_caller(self.system.scenario.account.users[0].name)
        assert caller is not None, "the scenario's users are there"
        return caller

    def secret_of(self, access_key_id: str) -> Secret | None:
        """What a known access key signs with."""
        caller = self.caller_of(access_key_id)
        if caller is None:
            return None
        is_temporary = caller.expires_us is not None
        token = token_of(access_key_id) if is_temporary else None
        return Secret(secret_of(access_key_id), token)

    def call(
        self,
        operation: str,
        caller: Caller,
        request: Mapping[str, object],
        *,
        is_observed: bool = False,
    ) -> ApiResult:
        """Bring the world to the present, make a call, and bring about what the clock wants of it.

        Who only observes moves no time.
        """
        if not is_observed:
            self.keep_up()
        answer = self.system.control_plane.call(operation, caller, request)
        if isinstance(answer, ApiSuccess) and not is_observed:
            self._follow(operation, request, answer)
        return answer

    def keep_up(self) -> None:
        """Let everything happen that belongs before the present instant of the clock."""
        self._run_until(self.clock.now_us())

    def advance(self, span_us: int) -> None:
        """Let a span of virtual time pass."""
        assert span_us >= 0, "the clock never runs backwards"
        self.advance_to(max(self.now_us, self.clock.now_us()) + span_us)

    def advance_to(self, time_us: int) -> None:
        """Let virtual time pass up to an instant, if that is not over."""
        self._run_until(time_us)
        self.clock.jump_to(time_us)

    def advance_to_next_event(self) -> None:
        """Let the next event of the world happen."""
        next_us = self.system.foundation.kernel.peek_us()
        if next_us is not None:
            self.advance_to(next_us)

    def settle(self, *, jump_max_us: int = JUMP_MAX_US) -> None:
        """Let virtual time pass until nothing is on its way, but not for longer than that."""
        until_us = self.now_us + jump_max_us
        while self.now_us < until_us:
            before_us = self.now_us
            self._settle(everything(self._account), until_us)
            if self.now_us == before_us:
                return

    def _follow(self, operation: str, request: Mapping[str, object], answer: ApiSuccess) -> None:
        is_read = operation.partition(":")[2].startswith(_READS)
        match self.clock.pace.mode:
            case ClockMode.SETTLE if is_read:
                watches = looked_at(self._account, operation, request, answer.output)
                self._settle(watches, self.now_us + JUMP_MAX_US)
            case ClockMode.INSTANT if not is_read:
                self.settle()
            case _:
                pass

    def _settle(self, watches: Iterable[Watch], until_us: int) -> None:
        self._extend(until_us)
        settle(self.system, watches, until_us=until_us)
        self.clock.jump_to(self.now_us)

    def _run_until(self, time_us: int) -> None:
        if time_us > self.now_us:
            self._extend(time_us)
            self.system.advance_to(time_us)

    def _extend(self, time_us: int) -> None:
        """Let the record of invocations reach beyond an instant."""
        world = self.system.world
        if time_us + MINUTE_US >= world.horizon_us:
            world.extend(time_us + _AHEAD_US)

    def _credential_clock(self) -> int:
        """World time as if it had followed the wall since the start."""
        elapsed_s = max(0.0, self._wall_s() - self._started_wall_s)
        return self._credentials_start_us + int(elapsed_s * SECOND_US)

    def _make_access_keys(self) -> dict[str, tuple[str, str]]:
        """An access key and its secret for every user, by name; they are there from the start."""
        keys = {}
        for user in self._account.principals.users():
            key = self._account.principals.add_access_key(user, now_us=0)
            keys[user.name] = (key.access_key_id, secret_of(key.access_key_id))
        return keys
