"""One run of the small world in SimPy alone, and the control log of a coupled run beside it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sim.engine.randomness import Streams
from sim.model.invocation_record import Outcome
from sim.model.journal_entries import (
    EnvironmentChanged,
    FunctionVersionChanged,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    ScalingDecided,
    ThrottlingEnded,
    ThrottlingStarted,
)
from sim.units import MINUTE_US
from tests.validation.simpy_reference.reference_clock import ReferenceClock
from tests.validation.simpy_reference.reference_control import ReferenceControl
from tests.validation.simpy_reference.reference_fleet import ReferenceFleet
from tests.validation.simpy_reference.reference_router import ReferenceRouter
from tests.validation.simpy_reference.small_world import SmallWorld

LogLine = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """What a run in SimPy alone left behind."""

    log: tuple[LogLine, ...]
    arrived: Counter[int]
    outcomes: Counter[tuple[int, Outcome]]
    latency_us: float
    in_flight: int
    """Still running at the horizon."""


def reference_run(world: SmallWorld, seed: int) -> ReferenceRun:
    """Run the small world request by request."""
    clock = ReferenceClock()
    router = ReferenceRouter(clock, world.function, world.parameters, world.routing)
    control = ReferenceControl(clock, world, world.timings)
    control.router = router
    control.fleet = ReferenceFleet(
        clock,
        timings=world.timings,
        streams=Streams(seed),
        router=router,
        init_us=world.init_us,
        log=control.write,
        request=control.request,
    )
    control.start()
    clock.process(router.run(world.arrivals, 0, -(-world.horizon_us // MINUTE_US)))
    clock.run(until=world.horizon_us)
    return ReferenceRun(
        log=tuple(control.log),
        arrived=router.arrived,
        outcomes=router.outcomes,
        latency_us=router.latency_us,
        in_flight=router.close(control.fleet.serving_since_us),
    )


def control_log(journal: Iterable[JournalEntry], *, until_us: int) -> tuple[LogLine, ...]:
    """The entries of a journal that the reference writes too, before a time."""
    entries = [entry for entry in journal if entry.time_us < until_us]
    return tuple(line for entry in entries if (line := _line(entry)) is not None)


def _line(entry: JournalEntry) -> LogLine | None:
    match entry:
        case ScalingDecided():
            parts = ("scaling decided", entry.ready_count, entry.starting_count)
            parts += (entry.desired_count, entry.action, entry.reason)
            parts += (entry.cpu_fraction, entry.concurrency_fraction)
        case EnvironmentChanged():
            parts = ("environment changed", entry.environment_id, entry.instance_id)
            parts += (entry.availability_zone, entry.old_state, entry.new_state, entry.reason)
        case InstanceLaunched():
            parts = ("instance launched", entry.instance_id, entry.instance_type)
            parts += (entry.availability_zone, entry.purpose)
        case InstanceChanged():
            parts = ("instance changed", entry.instance_id)
            parts += (entry.old_state, entry.new_state, entry.reason)
        case FunctionVersionChanged():
            parts = ("version changed", entry.old_state, entry.new_state)
        case ThrottlingStarted():
            parts = ("throttling started", entry.reason)
        case ThrottlingEnded():
            parts = ("throttling ended", entry.throttled_count)
        case _:
            return None
    return (entry.time_us, *parts)
