"""The conductor: the data plane never passes a control event, and signals keep their time."""

import pytest

from sim.dataplane.plane import ThrottleReason, ThrottleSignal
from sim.engine.conductor import Conductor
from sim.engine.kernel import Kernel, Priority


class FakeDataPlane:
    """Advances as told and stops once at each of `throttles_us`; keeps a diary."""

    def __init__(self, diary, throttles_us=()):
        self.diary = diary
        self.clock_us = 0.0
        self._throttles_us = list(throttles_us)

    def advance(self, until_us):
        """Go to `until_us`, or to the next throttle before it."""
        if self._throttles_us and self._throttles_us[0] < until_us:
            self.clock_us = self._throttles_us.pop(0)
            return ThrottleSignal(int(self.clock_us), 0, ThrottleReason.CPU)
        self.clock_us = max(self.clock_us, float(until_us))
        self.diary.append(("data", until_us))
        return None


def a_conductor(throttles_us=()):
    """Kernel, data plane, conductor and the diary that they share."""
    diary, kernel = [], Kernel()
    data_plane = FakeDataPlane(diary, throttles_us)
    conductor = Conductor(
        kernel, data_plane, lambda signal: diary.append(("signal", kernel.now_us, signal.time_us))
    )
    return diary, kernel, data_plane, conductor


def note(diary, kernel, data_plane, text="event"):
    """An action that writes down both clocks."""
    return lambda: diary.append((text, kernel.now_us, data_plane.clock_us))


def test_the_data_plane_reaches_every_control_event_before_it_happens_and_passes_none():
    """At each event both clocks show its time."""
    diary, kernel, data_plane, conductor = a_conductor()
    for time_us in (30, 10, 20):
        kernel.call_at(time_us, Priority.SCALER, note(diary, kernel, data_plane))
    conductor.advance_to(100)
    events = [entry for entry in diary if entry[0] == "event"]
    assert events == [("event", t, float(t)) for t in (10, 20, 30)]
    assert diary[-1] == ("data", 100)
    assert kernel.now_us == 100


def test_events_at_the_target_are_included_and_later_ones_are_not():
    """`advance_to(10)` handles what happens at 10, and what that plans for 10; not 11."""
    diary, kernel, data_plane, conductor = a_conductor()
    kernel.call_at(11, Priority.SCALER, note(diary, kernel, data_plane, "late"))

    def plan_more():
        kernel.call_at(10, Priority.OBSERVER, note(diary, kernel, data_plane, "more"))

    kernel.call_at(10, Priority.SCALER, plan_more)
    conductor.advance_to(10)
    assert [entry[0] for entry in diary if entry[0] != "data"] == ["more"]
    conductor.advance_to(11)
    assert diary[-2][0] == "late" or diary[-1][0] == "late"


def test_a_signal_is_taken_at_its_exact_time():
    """A throttle at 12.7 us is known to the control plane at 12 us, before the event at 20."""
    diary, kernel, data_plane, conductor = a_conductor(throttles_us=[12.7])
    kernel.call_at(20, Priority.SCRIPT, note(diary, kernel, data_plane))
    conductor.advance_to(30)
    kept = [entry for entry in diary if entry[0] != "data"]
    assert kept == [("signal", 12, 12), ("event", 20, 20.0)]


def test_a_signal_in_the_microsecond_of_an_event_does_not_turn_the_clock_back():
    """After the event at 20 a throttle at 20.4 is taken at 20."""
    diary, kernel, data_plane, conductor = a_conductor(throttles_us=[20.4])
    kernel.call_at(20, Priority.SCRIPT, note(diary, kernel, data_plane))
    conductor.advance_to(30)
    kept = [entry for entry in diary if entry[0] != "data"]
    assert kept == [("event", 20, 20.0), ("signal", 20, 20)]


def test_many_signals_before_one_event_are_all_taken_in_order():
    """Each stop of the data plane is one signal."""
    diary, _, _, conductor = a_conductor(throttles_us=[1.0, 1.5, 9.0])
    conductor.advance_to(10)
    assert [entry[1] for entry in diary if entry[0] == "signal"] == [1, 1, 9]


def test_the_clock_never_runs_backwards():
    """Advancing to the past is a bug; to the present it does nothing."""
    _, kernel, _, conductor = a_conductor()
    conductor.advance_to(10)
    conductor.advance_to(10)
    assert kernel.now_us == 10
    with pytest.raises(AssertionError, match="backwards"):
        conductor.advance_to(9)
