"""Target tracking: CPU and concurrency of a version near their targets, out fast and in slowly."""

import math
from dataclasses import dataclass

from sim.scaling.decision import ScalingAction, ScalingDecision, VersionView


@dataclass(frozen=True, slots=True)
class TargetTracking:
    """The rule; every number of it is a fact `scaler.*`, assumed: AWS publishes the behaviour only.

    Source of the behaviour: Lambda developer guide, LMI scaling: CPU utilisation and concurrency
    saturation drive it, traffic may double within five minutes, scale-in is slower than scale-out.
    """

    target_cpu_fraction: float
    target_concurrency_fraction: float
    scale_out_step_max: float
    scale_out_period_us: int
    scale_in_threshold_fraction: float
    scale_in_sustain_us: int
    scale_in_step_fraction: float
    scale_in_period_us: int

    def decide(self, view: VersionView) -> ScalingDecision:
        """The number of environments that the version should have from now on.

        Environments that were decided on before and are not ready yet count as present, so a slow
        launch is not ordered twice. The load is what the mean number of environments of the metric
        window bore: those that have just become ready did not carry it.
        """
        if view.ready_count == 0:
            return self._hold(view, "no environment is ready: nothing to measure")
        cpu_load = view.cpu_fraction / self.target_cpu_fraction
        concurrency_load = view.concurrency_fraction / self.target_concurrency_fraction
        load = max(cpu_load, concurrency_load)
        driver = _driver_text(view, self, by_cpu=cpu_load >= concurrency_load)
        wanted = min(max(math.ceil(view.measured_count * load), view.count_min), view.count_max)
        if wanted > view.desired_count:
            return self._scale_out(view, wanted, driver)
        if load < self.scale_in_threshold_fraction:
            return self._scale_in(view, wanted, driver)
        return self._hold(view, f"{driver}: within the target band")

    def _scale_out(self, view: VersionView, wanted: int, driver: str) -> ScalingDecision:
        if _elapsed_us(view.now_us, view.scaled_out_us) < self.scale_out_period_us:
            reason = f"{driver}: waiting for the scale-out period"
            return self._hold(view, reason, is_settled=False)
        # A small step still is one: a version of few environments must be able to grow.
        step_cap = max(view.ready_count + 1, math.floor(view.ready_count * self.scale_out_step_max))
        desired = max(min(wanted, step_cap), view.desired_count)
        if desired == view.desired_count:
            return self._hold(view, f"{driver}: earlier scale-out still starting")
        capped = ", capped at one step" if desired < wanted else ""
        return ScalingDecision(desired, ScalingAction.SCALE_OUT, f"{driver}{capped}", is_low=False)

    def _scale_in(self, view: VersionView, wanted: int, driver: str) -> ScalingDecision:
        if view.low_since_us is None or view.now_us - view.low_since_us < self.scale_in_sustain_us:
            reason = f"{driver}: low, not long enough"
            return self._hold(view, reason, is_low=True, is_settled=False)
        if _elapsed_us(view.now_us, view.scaled_in_us) < self.scale_in_period_us:
            reason = f"{driver}: low, waiting for the scale-in period"
            return self._hold(view, reason, is_low=True, is_settled=False)
        step = max(1, math.floor(view.desired_count * self.scale_in_step_fraction))
        # Environments that never became ready are given up first: nothing is lost with them.
        smallest = min(view.desired_count - step, view.ready_count)
        desired = max(wanted, smallest, view.count_min)
        if desired >= view.desired_count:
            return self._hold(view, f"{driver}: low, at the minimum", is_low=True)
        return ScalingDecision(desired, ScalingAction.SCALE_IN, driver, is_low=True)

    def _hold(
        self, view: VersionView, reason: str, *, is_low: bool = False, is_settled: bool = True
    ) -> ScalingDecision:
        return ScalingDecision(
            view.desired_count, ScalingAction.HOLD, reason, is_low=is_low, is_settled=is_settled
        )


def _elapsed_us(now_us: int, since_us: int | None) -> float:
    return math.inf if since_us is None else now_us - since_us


def _driver_text(view: VersionView, policy: TargetTracking, *, by_cpu: bool) -> str:
    if by_cpu:
        return f"CPU {view.cpu_fraction:.0%} against a target of {policy.target_cpu_fraction:.0%}"
    return (
        f"concurrency {view.concurrency_fraction:.0%} of the limit against a target of "
        f"{policy.target_concurrency_fraction:.0%}"
    )
