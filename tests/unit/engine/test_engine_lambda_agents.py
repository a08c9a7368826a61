"""The Lambda Agents: load over the window, throttling as episodes, drains left out."""

import numpy as np
import pytest

from sim.dataplane.boundary import EnvironmentReport, FunctionSettings
from sim.engine.fleet_load import FleetLoad
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel
from sim.engine.lambda_agents import FleetUse, Integral, LambdaAgents
from sim.model.journal_entries import ThrottlingEnded, ThrottlingStarted
from sim.scaling.adaptive_concurrency import AdaptiveConcurrency
from sim.units import SECOND_US

PERIOD_US = 10 * SECOND_US


def a_use(environments=3, *, busy_fraction=0.5, slots_fraction=0.25, throttled=0, vcpu=2):
    """One period of some environments with two vCPUs and 16 slots each."""
    of_one = {
        Integral.ENVIRONMENT_US: 1,
        Integral.BUSY_VCPU_US: vcpu * busy_fraction,
        Integral.ALLOCATED_VCPU_US: vcpu,
        Integral.CONCURRENCY_US: 16 * slots_fraction,
        Integral.CONCURRENCY_LIMIT_US: 16,
    }
    integrals = [[environments * PERIOD_US * of_one[integral]] for integral in Integral]
    return FleetUse(np.array(integrals, dtype=np.float64), np.array([throttled]))


class FakeSource:
    """Gives one prepared use per period; keeps the armings."""

    def __init__(self, uses):
        self.uses = list(uses)
        self.armed = []

    def use_since_last_report(self, now_us):
        """The next use."""
        del now_us
        return self.uses.pop(0)

    def arm(self, function_index):
        """Remember it."""
        self.armed.append(function_index)


def agents(uses, *, periods, window_periods=3):
    """Agents after some periods, with their source, kernel and journal."""
    kernel, journal, source = Kernel(), Journal(), FakeSource(uses)
    built = LambdaAgents(
        kernel=kernel,
        journal=journal,
        source=source,
        function_names=("site",),
        period_us=PERIOD_US,
        window_us=window_periods * PERIOD_US,
    )
    built.start()
    advance(kernel, periods)
    return built, source, kernel, journal


def advance(kernel, periods):
    """Let some report periods pass."""
    until_us = kernel.now_us + periods * PERIOD_US
    while kernel.peek_us() <= until_us:
        kernel.step()


def test_the_load_is_zero_before_the_first_report():
    """Nothing is known, so nothing is claimed."""
    built, *_ = agents([], periods=0)
    load = built.load(0)
    assert (load.environment_count, load.cpu_fraction, load.concurrency_fraction) == (0, 0, 0)


def test_cpu_use_is_the_mean_of_the_window_and_concurrency_its_highest_report():
    """Of 3 busy and then 9 idle environments: half the vCPUs of 3 of 12, the slots of 3 of 6."""
    built, *_ = agents([a_use(3), a_use(9, busy_fraction=0.0, slots_fraction=0.0)], periods=2)
    load = built.load(0)
    assert load.environment_count == pytest.approx(6)
    assert load.cpu_fraction == pytest.approx(0.125)
    assert load.concurrency_fraction == pytest.approx(0.125)


def test_reports_older_than_the_window_are_forgotten():
    """After three newer reports the first no longer counts."""
    built, *_ = agents([a_use(100, busy_fraction=1.0), *[a_use(3)] * 3], periods=4)
    assert built.load(0).environment_count == pytest.approx(3)
    assert built.load(0).cpu_fraction == pytest.approx(0.5)


def test_throttling_is_an_episode_from_the_first_throttle_to_a_quiet_period():
    """Two periods with throttles and a quiet one: one start, one end with the sum, armed again."""
    uses = [a_use(), a_use(throttled=4), a_use(throttled=3), a_use(), a_use()]
    built, source, kernel, journal = agents(uses, periods=1)
    built.throttling_started(0, "cpu")
    advance(kernel, 4)
    started, ended = journal.entries
    assert isinstance(started, ThrottlingStarted)
    assert isinstance(ended, ThrottlingEnded)
    assert (started.time_us, ended.time_us) == (PERIOD_US, 4 * PERIOD_US)
    assert ended.throttled_count == 7
    assert source.armed == [0, 0]


class FakeDataPlane:
    """Rows with fixed use; the report says which are routable."""

    def __init__(self):
        self.report_value = None
        self.limits = {}

    def set_limits(self, rows, limits):
        """Remember them."""
        self.limits |= dict(zip(rows.tolist(), limits.tolist(), strict=True))

    def add_environment(self, *, function_index, size, speed, now_us):
        """Row numbers are chosen by the test."""
        return function_index

    def report(self, *, now_us):
        """The prepared report."""
        return self.report_value


RULE = AdaptiveConcurrency(cpu_fraction=0.85, increase_per_s=1.0, decrease_factor=0.9)


def functions(count, **overrides):
    """Functions with two vCPUs and 16 slots."""
    return [
        FunctionSettings(
            name=f"f{index}",
            vcpu=2,
            concurrency_limit=16,
            memory_mib=4096,
            memory_base_mib=0.0,
            memory_per_invocation_mib=0.0,
            disk_mib=512,
            disk_per_invocation_mib=0.0,
            timeout_us=SECOND_US,
            **overrides,
        )
        for index in range(count)
    ]


SIZE = functions(1)[0].size


def a_report(*, now_us, busy_us):
    """A report of the data plane: one environment, which serves since the last report."""
    use = np.arange(10, dtype=np.float64).reshape(len(Integral), 2)
    return EnvironmentReport(
        now_us=now_us,
        rows=np.array([0]),
        function_index=np.array([0]),
        is_routable=np.array([True]),
        served_us=np.array([float(PERIOD_US)]),
        busy_vcpu_us=np.array([float(busy_us)]),
        concurrency_us=np.array([2.0 * busy_us]),
        in_flight=np.array([0]),
        integrals=use,
        throttles=np.array([[1, 2, 0, 0], [0, 0, 0, 0]]),
    )


def test_a_report_is_taken_as_the_data_plane_tells_it():
    """Its integrals, and its throttles over all reasons."""
    data_plane = FakeDataPlane()
    load = FleetLoad(data_plane, functions(2), RULE)
    data_plane.report_value = a_report(now_us=10, busy_us=5)
    use = load.use_since_last_report(10)
    assert use.integrals is data_plane.report_value.integrals
    assert use.throttled_count.tolist() == [3, 0]


def adaptive_load(busy_us, *, periods=1):
    """Limits in the data plane after periods of ten seconds."""
    data_plane = FakeDataPlane()
    load = FleetLoad(data_plane, functions(2, is_adaptive=True), RULE)
    load.add_environment(function_index=0, size=SIZE, speed=1.0, now_us=0)
    for period in range(1, periods + 1):
        now_us = period * PERIOD_US
        data_plane.report_value = a_report(now_us=now_us, busy_us=busy_us)
        load.use_since_last_report(now_us)
    return data_plane.limits


def test_limits_fall_while_the_cpu_of_an_environment_is_full():
    """Two vCPUs busy for ten seconds: 16, then 14.4; only the whole part is in force."""
    assert adaptive_load(2 * PERIOD_US) == {0: 14}
    assert adaptive_load(2 * PERIOD_US, periods=2) == {0: 12}


def test_limits_rise_again_up_to_the_configured_one():
    """With a quarter of the CPU the limit stays where it began."""
    assert adaptive_load(PERIOD_US / 2, periods=2) == {0: 16}


def test_limits_of_other_functions_are_left_alone():
    """Without `is_adaptive` nothing is ever set."""
    data_plane = FakeDataPlane()
    load = FleetLoad(data_plane, functions(2), RULE)
    load.add_environment(function_index=0, size=SIZE, speed=1.0, now_us=0)
    data_plane.report_value = a_report(now_us=PERIOD_US, busy_us=2 * PERIOD_US)
    load.use_since_last_report(PERIOD_US)
    assert data_plane.limits == {}
