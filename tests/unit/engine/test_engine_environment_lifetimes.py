"""Environments of a certain age: replaced launch-first, and only if that is asked for."""

import pytest
from engine_bench import Bench

from sim.model.journal_entries import EnvironmentChanged, InstanceLaunched
from sim.units import HOUR_US, MINUTE_US, SECOND_US

LIFETIME_US = HOUR_US


def ready_counts(bench):
    """(time, ready environments) after every change."""
    count, counts = 0, []
    for entry in bench.of(EnvironmentChanged):
        count += (entry.new_state == "ready") - (entry.old_state == "ready")
        counts.append((entry.time_us, count))
    return counts


def ages_us(bench):
    """How long those environments were ready that have begun to drain."""
    ready = {
        e.environment_id: e.time_us for e in bench.of(EnvironmentChanged) if e.new_state == "ready"
    }
    return [
        e.time_us - ready[e.environment_id]
        for e in bench.of(EnvironmentChanged)
        if e.new_state == "draining"
    ]


def test_by_default_nothing_is_replaced_for_its_age():
    """A day passes, and the environments are those of the beginning."""
    bench = Bench()
    version = bench.published()
    names = list(version.environments)
    bench.run_for(24 * HOUR_US)
    assert list(version.environments) == names


def test_an_old_environment_serves_until_another_is_ready_in_its_place():
    """Ordered 5 min before the end on room that there is: no launch, never fewer than three."""
    bench = Bench(environment_lifetime_us=LIFETIME_US)
    version = bench.published()
    first, begin_us = set(version.environments), bench.kernel.now_us
    bench.run_for(LIFETIME_US)
    assert not first & set(version.environments)
    assert version.ready_count() == 3
    assert min(count for time_us, count in ready_counts(bench) if time_us > begin_us) == 3
    assert len(bench.of(InstanceLaunched)) == 3
    assert bench.ended_environments() == ["end of lifetime"] * 3
    assert max(ages_us(bench)) == LIFETIME_US - 5 * MINUTE_US + 4 * SECOND_US


def test_lifetimes_are_shortened_by_chance():
    """With a jitter of a half they end at different times, the shortest after half of it."""
    bench = Bench(environment_lifetime_us=LIFETIME_US, lifetime_jitter_fraction=0.5)
    bench.published()
    bench.run_for(LIFETIME_US)
    ages = ages_us(bench)
    assert len(ages) >= 3
    assert len(set(ages)) == len(ages)
    assert min(ages) >= LIFETIME_US // 2 - 5 * MINUTE_US


def test_without_room_for_another_it_ends_with_its_lifetime():
    """Cap reached, everything full: the lead passes, then it drains and is made up for."""
    bench = Bench(environment_lifetime_us=LIFETIME_US)
    version = bench.published()
    free = sum(i.free_vcpu() for i in bench.provider.instances.values())
    bench.provider.vcpu_count_max = bench.provider.vcpu_count()
    bench.versions.rescale(bench.provider, version, count_min=3 + free, count_max=3 + free)
    bench.run_for(LIFETIME_US + MINUTE_US)
    assert max(ages_us(bench)) == LIFETIME_US
    assert version.ready_count() == 3 + free


@pytest.mark.parametrize("lifetime_us", [1, SECOND_US])
def test_a_tiny_lifetime_ends(lifetime_us):
    """However short, an environment starts first, so time goes on and the version stays Active."""
    bench = Bench(environment_lifetime_us=lifetime_us)
    bench.published()
    bench.run_for(MINUTE_US)
    assert bench.version_states()[-1] == ("Active", "")
