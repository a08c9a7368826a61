"""Providers, versions and instances over time, and the spans that chance draws."""

import numpy as np
import pytest
from engine_bench import (
    FIRST_US,
    READY_US,
    START_US,
    Bench,
    Dials,
    a_provider,
    always,
)

from sim.engine.timings import LognormalTime, Timings
from sim.facts import catalogue
from sim.model.journal_entries import CapacityProviderChanged, InstanceLaunched
from sim.model.states import CapacityProviderState
from sim.units import MINUTE_US, SECOND_US


def provider_states(bench):
    """States that providers moved to, with seconds."""
    return [(e.new_state, e.time_us / SECOND_US) for e in bench.of(CapacityProviderChanged)]


def test_a_provider_becomes_active_by_itself_and_launches_nothing():
    """Pending, five seconds later Active; no instance without a published version."""
    bench = Bench()
    bench.providers.create(
        a_provider(bench.dials, name="batch", state=CapacityProviderState.PENDING)
    )
    bench.run_for(10 * MINUTE_US)
    assert provider_states(bench) == [("Pending", 0), ("Active", 5)]
    assert bench.launched() == []


def test_a_provider_deleted_before_it_was_active_stays_deleted():
    """Activation does not bring it back; without instances it is gone at once."""
    bench = Bench()
    provider = a_provider(bench.dials, name="batch", state=CapacityProviderState.PENDING)
    bench.providers.create(provider)
    bench.providers.delete(provider)
    bench.run_for(MINUTE_US)
    assert provider_states(bench) == [("Pending", 0), ("Deleting", 0), ("Gone", 0)]
    assert bench.providers.existing("batch") is None


def test_a_name_can_be_used_again_once_its_provider_is_gone():
    """The new provider comes last in the order of creation."""
    bench = Bench()
    for name in ("batch", "other"):
        bench.providers.create(a_provider(bench.dials, name=name))
    bench.providers.delete(bench.providers.by_name["batch"])
    bench.run_for(SECOND_US)
    bench.providers.create(a_provider(bench.dials, name="batch"))
    assert list(bench.providers.by_name) == ["web", "other", "batch"]
    assert [p.name for p in bench.providers.all_existing()] == ["batch", "other", "web"]


def test_a_provider_with_instances_cannot_be_gone():
    """Finishing a deletion too early is a bug."""
    bench = Bench()
    bench.published()
    with pytest.raises(AssertionError, match="still has instances"):
        bench.providers.finish_deletion(bench.provider)


def test_instances_of_a_deleted_provider_end_without_grace():
    """Booting ones too: pending instances go straight to shutting-down."""
    bench = Bench()
    version = bench.publish()
    bench.run_for(FIRST_US + SECOND_US)
    bench.versions.delete(bench.provider, version)
    bench.run_for(0)
    bench.providers.delete(bench.provider)
    bench.run_for(0)
    assert all(i.is_going for i in bench.provider.instances.values())
    bench.run_for(41 * SECOND_US)
    assert provider_states(bench)[-1][0] == "Gone"


def test_a_version_that_is_not_active_in_time_fails_at_the_deadline():
    """Its init outlasts the deadline: Failed then and not before, with the general reason."""
    bench = Bench()
    bench.publish(init_us=60 * MINUTE_US)
    bench.run_until(bench.timings.publish_deadline_us - 1)
    assert bench.version_states() == [("Pending", "")]
    bench.run_for(1)
    assert bench.version_states()[-1] == ("Failed", "InternalError")


def test_environments_serve_only_once_the_version_is_active():
    """Two of three are ready and wait; with the third all three join the router together."""
    bench = Bench(Dials(zones="abc"))
    version = bench.publish()
    bench.run_for(FIRST_US + READY_US)
    late = list(version.environments.values())[-1]
    bench.run_for(START_US - 1)
    assert version.ready_count() == 0
    assert late.row is None
    bench.run_for(1)
    assert sorted(bench.routing.serving) == [0, 1, 2]


def test_a_version_number_is_published_once():
    """Publishing an ARN that is there already is a bug of the control plane."""
    bench = Bench()
    bench.publish()
    with pytest.raises(AssertionError, match="published already"):
        bench.publish()


def test_lifetimes_are_shortened_by_chance_within_the_jitter():
    """With a jitter of 0.5 instances drain between half and all of their lifetime."""
    bench = Bench(instance_lifetime_us=60 * MINUTE_US, lifetime_jitter_fraction=0.5)
    bench.published()
    bench.run_until(130 * MINUTE_US)
    first_three = [e.instance_id for e in bench.of(InstanceLaunched)][:3]
    ends_s = [dict(bench.states_of(name))["shutting-down"] for name in first_three]
    launched_s = FIRST_US / SECOND_US
    assert all(launched_s + 1800 - 300 <= end <= launched_s + 3600 for end in ends_s)
    assert len(set(ends_s)) > 1


def test_one_by_one_replacement_keeps_the_zones_in_balance():
    """After several generations of instances the three environments are in three zones still."""
    bench = Bench(instance_lifetime_us=60 * MINUTE_US, lifetime_jitter_fraction=0.5)
    version = bench.published()
    bench.run_until(10 * 60 * MINUTE_US)
    zones = {e.availability_zone for e in version.present()}
    assert len(bench.launched()) > 12
    assert len(zones) == 3


def test_a_lognormal_span_has_its_median_and_95th_percentile():
    """20,000 draws, seed 1: both quantiles within 3 % (false alarms under one in a million)."""
    generator = np.random.default_rng(1)
    span = LognormalTime(p50_us=8 * SECOND_US, p95_us=15 * SECOND_US)
    sample = [span.draw_us(generator) for _ in range(20_000)]
    assert np.quantile(sample, 0.5) == pytest.approx(span.p50_us, rel=0.03)
    assert np.quantile(sample, 0.95) == pytest.approx(span.p95_us, rel=0.03)


def test_a_span_without_spread_draws_nothing():
    """Equal quantiles mean a constant, and the stream is left alone."""
    generator = np.random.default_rng(1)
    state = generator.bit_generator.state
    assert always(7).draw_us(generator) == 7
    assert generator.bit_generator.state == state


def test_the_timings_are_read_from_the_facts():
    """Spans come in microseconds, pairs of quantiles as one span."""
    timings = Timings.of(catalogue())
    assert timings.pending == LognormalTime(8 * SECOND_US, 15 * SECOND_US)
    assert timings.scaler_tick_us == 15 * SECOND_US
