"""The clock: integer time, priorities, insertion order, nothing in the past."""

import pytest

from sim.engine.kernel import Kernel, Priority


def run_all(kernel):
    """Step until nothing is planned."""
    while kernel.peek_us() is not None:
        kernel.step()


def test_simultaneous_events_happen_in_order_of_priority_then_of_insertion():
    """Whatever the order of planning, lower priorities come first and equals keep their order."""
    kernel, seen = Kernel(), []
    for number, priority in enumerate([*reversed(Priority), *Priority]):
        kernel.call_at(5, priority, lambda p=priority, n=number: seen.append((p, n)))
    run_all(kernel)
    assert [priority for priority, _ in seen] == sorted(2 * list(Priority))
    assert all(a[1] < b[1] for a, b in zip(seen[::2], seen[1::2], strict=True))


def test_priorities_hold_for_waits_of_processes_too():
    """A process that waits with a priority is served between the calls around it."""
    kernel, seen = Kernel(), []

    def process():
        yield kernel.wait(5, Priority.SCALER)
        seen.append("process")

    kernel.start(process())
    kernel.call_at(5, Priority.OBSERVER, lambda: seen.append("observer"))
    kernel.call_at(5, Priority.REPORT, lambda: seen.append("report"))
    run_all(kernel)
    assert seen == ["report", "process", "observer"]


def test_time_is_whole_microseconds_and_moves_with_the_events():
    """The clock stands at each event's instant; peeking does not move it."""
    kernel, seen = Kernel(), []
    for time_us in (7, 3, 3_600_000_000_001):
        kernel.call_at(time_us, Priority.SCRIPT, lambda: seen.append(kernel.now_us))
    assert kernel.peek_us() == 3
    assert kernel.now_us == 0
    run_all(kernel)
    assert seen == [3, 7, 3_600_000_000_001]


def test_a_started_process_takes_its_first_step_at_this_instant():
    """Nothing planned later for the same instant comes before it."""
    kernel, seen = Kernel(), []

    def process():
        seen.append(kernel.now_us)
        yield kernel.wait(1)

    kernel.start(process())
    kernel.call_at(0, Priority.SCRIPT, lambda: seen.append("call"))
    run_all(kernel)
    assert seen == [0, "call"]


def test_the_past_is_refused():
    """Waiting a negative time or moving back is a bug."""
    kernel = Kernel()
    kernel.move_to(10)
    with pytest.raises(AssertionError, match="never runs backwards"):
        kernel.wait(-1)
    with pytest.raises(AssertionError, match="never runs backwards"):
        kernel.call_at(9, Priority.SCRIPT, lambda: None)
    with pytest.raises(AssertionError, match="never runs backwards"):
        kernel.move_to(9)


def test_the_clock_does_not_jump_over_planned_events():
    """Moving to an instant at which something is planned is a bug; before it is fine."""
    kernel = Kernel()
    kernel.call_at(10, Priority.SCRIPT, lambda: None)
    kernel.move_to(9)
    assert kernel.now_us == 9
    with pytest.raises(AssertionError, match="still planned"):
        kernel.move_to(10)


def test_an_assertion_inside_a_process_stops_the_run():
    """A bug in a lifecycle is never swallowed by the queue of events."""
    kernel = Kernel()

    def process():
        yield kernel.wait(1)
        raise AssertionError("a bug")

    kernel.start(process())
    with pytest.raises(AssertionError, match="a bug"):
        run_all(kernel)


def test_moving_the_clock_leaves_nothing_planned_behind():
    """After a move the queue is what it was before."""
    kernel = Kernel()
    kernel.move_to(5)
    assert kernel.peek_us() is None
    kernel.call_at(9, Priority.SCRIPT, lambda: None)
    kernel.move_to(6)
    assert (kernel.now_us, kernel.peek_us()) == (6, 9)
