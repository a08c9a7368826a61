"""The emulator's own API under `/_lmisim/`: it looks at the world and moves its clock."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sim.emulator.gateway import Gateway
from sim.emulator.session import Session
from sim.model.journal_entries import AuthorizationDecided, JournalEntry
from sim.units import SECOND_US
from sim.version import VERSION

Act = Callable[[dict[str, Any]], object]
_SHOWN_MAX = 1000
_SPAN_S_MAX = 400 * 86_400


@dataclass(frozen=True, slots=True)
class Admin:
    """What can be asked of the emulator itself; no look moves time."""

    session: Session
    gateway: Gateway

    def routes(self) -> tuple[tuple[str, str, Act], ...]:
        """Path, method and what is done; the health comes first."""
        return (
            ("health", "GET", self._health),
            ("info", "GET", self._info),
            ("clock", "GET", self._clock),
            ("clock", "POST", self._move_clock),
            ("decisions", "GET", self._decisions),
            ("events", "GET", self._events),
            ("unsupported", "GET", self._unsupported),
        )

    def read(self, body: bytes, query: Mapping[str, str]) -> dict[str, Any]:
        """The members of a request; ValueError if the body is no JSON object."""
        if not body:
            return dict(query)
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if isinstance(asked, dict):
            return asked
        raise ValueError("expected a JSON object")

    def _health(self, _: dict[str, Any]) -> object:
        return {"status": "running", "version": VERSION, "edition": "lmisim"}

    def _info(self, _: dict[str, Any]) -> object:
        session = self.session
        scenario = session.system.scenario
        return {
            "version": VERSION,
            "scenario": scenario.name,
            "account": scenario.account.id,
            "region": scenario.region,
            "seed": session.settings.seed,
            "iam": session.settings.iam.value,
            "clock": self._clock({}),
        }

    def _clock(self, _: dict[str, Any]) -> object:
        clock = self.session.clock
        return {
            "mode": clock.pace.mode.value,
            "factor": clock.pace.factor,
            "virtual": self.session.calendar().isoformat(),
            "wall": self.session.wall().isoformat(),
            "world_us": self.session.now_us,
        }

    def _move_clock(self, asked: dict[str, Any]) -> object:
        """One of `advance_s`, `until`, `next_event`, `settle` and `mode`."""
        if len(asked) != 1:
            raise ValueError(
                "expected one of `advance_s`, `until`, `next_event`, `settle` and `mode`"
            )
        ((act, value),) = asked.items()
        match act:
            case "advance_s":
                self._advance(value)
            case "until":
                self._advance_until(value)
            case "next_event":
                self.session.advance_to_next_event()
            case "settle":
                self.session.settle()
            case "mode":
                self.session.set_pace(str(value))
            case _:
                raise ValueError(f"`{str(act)[:40]}` is nothing that a clock can do")
        return self._clock({})

    def _advance(self, value: object) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= _SPAN_S_MAX:  # type: ignore[operator]
            raise ValueError(f"expected seconds from 0 to {_SPAN_S_MAX} as `advance_s`")
        self.session.advance(round(float(value) * SECOND_US))  # type: ignore[arg-type]

    def _advance_until(self, value: object) -> None:
        try:
            instant = datetime.fromisoformat(str(value))
            span_s = (instant - self.session.calendar()).total_seconds()
        except (ValueError, TypeError):
            raise ValueError(
                "expected an instant with a zone as `until`, such as `2026-12-01T08:00:00Z`"
            ) from None
        if span_s > _SPAN_S_MAX:
            raise ValueError(f"expected an instant at most {_SPAN_S_MAX} seconds ahead")
        self.session.advance_to(self.session.now_us + max(0, round(span_s * SECOND_US)))

    def _decisions(self, asked: dict[str, Any]) -> object:
        entries = self.session.system.foundation.journal.entries
        decisions = [entry for entry in entries if isinstance(entry, AuthorizationDecided)]
        if asked.get("result"):
            decisions = [one for one in decisions if one.result == asked["result"]]
        return {"decisions": [self._shown(one) for one in decisions[-_limit(asked) :]]}

    def _events(self, asked: dict[str, Any]) -> object:
        journal = self.session.system.foundation.journal
        return {"events": [self._shown(entry) for entry in journal.since(-_limit(asked))]}

    def _shown(self, entry: JournalEntry) -> dict[str, object]:
        shown = {name: getattr(entry, name) for name in entry.field_names()}
        time = self.session.system.account.calendar(entry.time_us)
        return {"kind": entry.kind, "time": time.isoformat(), **shown}

    def _unsupported(self, _: dict[str, Any]) -> object:
        return {"operations": dict(sorted(self.gateway.unsupported.items()))}


def _limit(asked: Mapping[str, Any]) -> int:
    text = str(asked.get("limit", 100))
    if not text.isdecimal() or not 0 < int(text[:6]) <= _SHOWN_MAX:
        raise ValueError(f"expected 1 to {_SHOWN_MAX} as `limit`")
    return int(text)
