"""What Describe calls show: states that were true, though perhaps not any more.

Source: EC2 Developer Guide, eventual consistency. How old an answer may be is not published; the
fact `ec2.describe_lag` assumes it, and every answer is exactly that old.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.model.customer_instance import CustomerInstanceState
from sim.model.identifiers import InstanceId
from sim.model.states import ManagedInstanceState

_TERMINATED = "terminated"
State = ManagedInstanceState | CustomerInstanceState


def is_over(state: State) -> bool:
    """Whether an instance in that state is terminated."""
    return state.ec2_state == _TERMINATED


@dataclass(frozen=True, slots=True)
class _Change:
    time_us: int
    state: State


class DescribedInstances:
    """The past of instances as far as an answer may need it."""

    def __init__(self, *, lag_us: int, terminated_visible_us: int) -> None:
        self._lag_us = lag_us
        self._further_lags_us: list[int] = []
        self._terminated_visible_us = terminated_visible_us
        self._changes: dict[InstanceId, list[_Change]] = {}

    def set_lag(self, lag_us: int) -> None:
        """Lever: how old answers are from now on."""
        assert lag_us >= 0, "an answer cannot tell the future"
        self._lag_us = lag_us

    def fall_behind(self, lag_us: int) -> None:
        """Lever: let answers be at least that old, until `catch_up` takes it back."""
        assert lag_us >= 0, "an answer cannot tell the future"
        self._further_lags_us.append(lag_us)

    def catch_up(self, lag_us: int) -> None:
        """Lever: take back one `fall_behind`."""
        self._further_lags_us.remove(lag_us)

    def note(self, instance_id: InstanceId, state: State, *, now_us: int) -> None:
        """Remember what became true at this instant."""
        self._changes.setdefault(instance_id, []).append(_Change(now_us, state))

    def state(self, instance_id: InstanceId, *, now_us: int) -> State | None:
        """The state that an answer shows; None when it shows no such instance.

        That is one that does not exist, is too new for the answer, or was terminated long ago.
        """
        lag_us = max(self._lag_us, *self._further_lags_us, 0)
        seen = [
            change
            for change in self._changes.get(instance_id, ())
            if change.time_us <= now_us - lag_us
        ]
        if not seen or self._is_forgotten(seen[-1], now_us):
            return None
        return seen[-1].state

    def visible(self, now_us: int) -> Iterator[tuple[InstanceId, State]]:
        """All instances that an answer shows, with their states, in the order of their launch."""
        for instance_id in self._changes:
            state = self.state(instance_id, now_us=now_us)
            if state is not None:
                yield instance_id, state

    def _is_forgotten(self, change: _Change, now_us: int) -> bool:
        is_old = now_us >= change.time_us + self._terminated_visible_us
        return is_old and is_over(change.state)
