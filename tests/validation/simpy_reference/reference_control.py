"""The control loop of the reference: reports, decisions, placements, launches; SimPy only.

The rules that are values in, values out (scaling policy, bin packing, choice of types and of
departures) are the project's own; everything that waits, counts or remembers is written anew.
"""

from collections import Counter

from sim.engine.timings import Timings
from sim.facts import InstanceType
from sim.model.execution_environment import EnvironmentShape
from sim.model.journal_entries import PurposeOfLaunch
from sim.model.states import EnvironmentState, ManagedInstanceState
from sim.placement.bin_packing import BinPacking
from sim.placement.choices.price_per_slot import PricePerSlot
from sim.placement.departures import choose_departures
from sim.placement.instance_choice import allocatable, cheapest, is_offered
from sim.placement.plans import InstanceView, Plan, Shortage
from sim.placement.version_need import VersionNeed
from sim.scaling.decision import ScalingAction, VersionView
from tests.validation.simpy_reference.reference_clock import (
    LIFECYCLE,
    REPORT,
    SCALER,
    ReferenceClock,
)
from tests.validation.simpy_reference.reference_fleet import TAKING, FleetEnvironment
from tests.validation.simpy_reference.reference_reports import ReferenceReports
from tests.validation.simpy_reference.small_world import SmallWorld


class ReferenceControl:
    """Keeps the number of environments of one version where the policy wants it."""

    def __init__(self, clock: ReferenceClock, world: SmallWorld, timings: Timings) -> None:
        self._clock = clock
        self._world = world
        self._timings = timings
        self.log: list[tuple[object, ...]] = []
        self.fleet = None
        self.router = None
        self._reports = ReferenceReports(
            world.function, period_us=timings.report_period_us, window_us=timings.metric_window_us
        )
        self._in_flight: list[tuple[InstanceType, str, str, int]] = []
        self._has_launched = False
        self._is_requested = False
        self._throttled: int | None = None
        self._desired = world.count_min
        self._scaled_out_us: int | None = None
        self._scaled_in_us: int | None = None
        self._low_since_us: int | None = None
        self._said: tuple[object, ...] = ()

    def start(self) -> None:
        """Plan the publish, begin to report and to tick."""
        self.router.on_throttle = self._throttling_started
        self._clock.process(self._report_always())
        self._clock.process(self._tick_always())
        self._clock.call_after(self._world.published_us, LIFECYCLE, self._publish)

    def write(self, *parts: object) -> None:
        """One line of the control log."""
        self.log.append((self._clock.now_us, *parts))

    def request(self) -> None:
        """Reconcile at the end of this instant, once however often it is asked."""
        if not self._is_requested:
            self._is_requested = True
            self._clock.call_after(0, SCALER, self._answer)

    def _answer(self) -> None:
        self._is_requested = False
        self._reconcile()

    def _publish(self) -> None:
        self.write("version changed", "", "Pending")
        self._clock.call_after(self._timings.publish_deadline_us, LIFECYCLE, self.request)
        self.request()

    def _report_always(self):
        while True:
            yield self._clock.wait(self._timings.report_period_us, REPORT)
            self._reports.take(self.fleet.serving_since_us, self.router.pool, self._clock.now_us)
            self._follow_throttling()

    def _throttling_started(self, reason) -> None:
        self._throttled = 0
        # The log's times are whole microseconds, rounded down at a throttle.
        self.log.append((int(self._clock.now), "throttling started", reason.value))

    def _follow_throttling(self) -> None:
        count, self.router.throttled_since_report = self.router.throttled_since_report, 0
        if self._throttled is None:
            return
        if count > 0:
            self._throttled += count
            return
        self.write("throttling ended", self._throttled)
        self._throttled = None
        self.router.on_throttle = self._throttling_started

    def _tick_always(self):
        while True:
            yield self._clock.wait(self._timings.scaler_tick_us, SCALER)
            if self.fleet.is_active:
                self._decide()
            self._reconcile()

    def _decide(self) -> None:
        reports, now_us, ready = self._reports, self._clock.now_us, self._ready_count()
        view = VersionView(
            now_us=now_us,
            ready_count=ready,
            desired_count=self._desired,
            count_min=self._world.count_min,
            count_max=self._world.count_max,
            measured_count=reports.environment_count(),
            cpu_fraction=reports.cpu_fraction(),
            concurrency_fraction=reports.concurrency_fraction(),
            scaled_out_us=self._scaled_out_us,
            scaled_in_us=self._scaled_in_us,
            low_since_us=self._low_since_us,
        )
        decision = self._world.policy.decide(view)
        if not decision.is_low:
            self._low_since_us = None
        elif self._low_since_us is None:
            self._low_since_us = now_us
        if decision.action is ScalingAction.SCALE_OUT:
            self._scaled_out_us = now_us
        if decision.action is ScalingAction.SCALE_IN:
            self._scaled_in_us = now_us
        starting = max(0, self._desired - ready)
        self._desired = decision.desired_count
        said = (
            ready,
            starting,
            decision.desired_count,
            decision.action.value,
            decision.reason,
            view.cpu_fraction,
            view.concurrency_fraction,
        )
        if said != self._said:
            self._said = said
            self.write("scaling decided", *said)

    def _ready_count(self) -> int:
        states = [e.state for e in self.fleet.environments.values()]
        return states.count(EnvironmentState.READY)

    def _reconcile(self) -> None:
        """Drain what is too much, place and launch what is missing, end what is empty."""
        fleet = self.fleet
        present = [e for e in fleet.environments.values() if e.is_present]
        surplus = len(present) - self._desired
        if surplus > 0:
            for environment in choose_departures(present, fleet.environment_counts(), surplus):
                fleet.drain(environment, "scale-in")
        if self._clock.now_us >= self._world.published_us:
            self._grow([e for e in fleet.environments.values() if e.is_present])
            if not fleet.is_active and self._ready_count() >= self._world.count_min:
                self.write("version changed", "Pending", "Active")
                fleet.activate()
        fleet.terminate_empty()

    def _grow(self, present: list[FleetEnvironment]) -> None:
        missing = self._desired - len(present)
        if missing <= 0:
            return
        plan = self._plan(present, missing)
        assert not plan.unmet, "the small world has room for everything"
        for placement in plan.placements:
            self.fleet.place(self.fleet.instances[placement.instance_id])
        orders = Counter[tuple[InstanceType, str, str]]()
        for launch in plan.launches:
            key = launch.instance_type, launch.availability_zone, launch.purpose.value
            orders[key] += launch.count
        extra_us = 0 if self._has_launched else self._timings.first_publish_extra_us
        for key, count in orders.items():
            order = (*key, count)
            self._in_flight.append(order)
            self._clock.process(self._launch(order, extra_us))

    def _launch(self, order: tuple[InstanceType, str, str, int], extra_us: int):
        yield self._clock.wait(self._timings.api_latency_us + extra_us)
        self._in_flight.remove(order)
        self._has_launched = True
        self.fleet.launch(*order)
        self.request()

    def _plan(self, present: list[FleetEnvironment], missing: int) -> Plan:
        views = self._views()
        is_first = not self.fleet.is_active
        need = VersionNeed(
            version_arn="version",
            shape=self._world.shape,
            count=missing,
            zone_counts=Counter(e.availability_zone for e in present),
            purpose=PurposeOfLaunch.FIRST_PUBLISH if is_first else PurposeOfLaunch.SCALE_OUT,
        )
        packing = BinPacking(
            zones=self._world.zones,
            open_zones=self._world.zones,
            zone_instance_counts=dict(Counter(view.availability_zone for view in views)),
            vcpu_left=self._world.vcpu_count_max - self._vcpu_count(),
            allocatable=self._room,
            choose_type=self._choose,
        )
        return packing.plan(views, [need])

    def _views(self) -> list[InstanceView]:
        """Instances that take environments now or soon, launches without an answer included."""
        there = [
            InstanceView(
                i.instance_id,
                i.availability_zone,
                is_ready=i.state is ManagedInstanceState.READY,
                free=i.free(self._room(i.instance_type), self._world.shape),
            )
            for i in self.fleet.instances.values()
            if i.state in TAKING
        ]
        coming = [
            InstanceView(None, zone, is_ready=False, free=self._room(instance_type))
            for instance_type, zone, _, count in self._in_flight
            for _ in range(count)
        ]
        return there + coming

    def _vcpu_count(self) -> int:
        """vCPUs that count toward the cap."""
        there = sum(i.instance_type.vcpu for i in self.fleet.instances.values())
        return there + sum(t.vcpu * count for t, _, _, count in self._in_flight)

    def _room(self, instance_type: InstanceType) -> EnvironmentShape:
        return allocatable(instance_type, self._world.requirements.overhead)

    def _choose(
        self, shape: EnvironmentShape, count: int, vcpu_left: int, zone: str
    ) -> InstanceType | Shortage:
        requirements = self._world.requirements
        offered = [
            t
            for t in self._world.instance_types
            if is_offered(t, region=self._world.region, availability_zone=zone)
        ]
        chosen = cheapest(
            PricePerSlot().candidates(offered, requirements, shape),
            shape=shape,
            overhead=requirements.overhead,
            count=count,
            vcpu_left=vcpu_left,
        )
        return chosen or Shortage.VCPU_CAP
