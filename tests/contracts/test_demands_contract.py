"""What every demand distribution in the folder must keep, judged on its schema's examples."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sim.registry import kinds
from sim.workload.demand_settings import DemandSettings

DEMANDS = kinds("sim.workload.demands")
EXAMPLES = [
    pytest.param(settings, example, id=f"{kind}-{position}")
    for kind, settings in DEMANDS.items()
    for position, example in enumerate(settings.model_config["json_schema_extra"]["examples"])
]
each_example = pytest.mark.parametrize(("settings", "example"), EXAMPLES)


def a_generator(seed: int = 7) -> np.random.Generator:
    """Build a generator with a fixed seed."""
    return np.random.Generator(np.random.Philox(key=seed))


@pytest.mark.parametrize("kind", DEMANDS)
def test_kind_has_examples_and_a_documented_schema(kind):
    """Every kind shows at least one example, and every field tells what it means."""
    schema = DEMANDS[kind].model_json_schema()
    if "$ref" in schema:  # a kind that may hold itself
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert schema["examples"]
    assert issubclass(DEMANDS[kind], DemandSettings)
    fields = {name: field for name, field in schema["properties"].items() if name != "kind"}
    assert all(field.get("description") for field in fields.values())


@each_example
def test_samples_are_non_negative_and_of_the_asked_number(settings, example):
    """Demands are finite float64 values from 0, as many as asked for, also none."""
    demand = settings.model_validate(example)
    samples_us = demand.sample(a_generator(), 10_000)
    assert samples_us.dtype == np.float64
    assert samples_us.shape == (10_000,)
    assert np.all(np.isfinite(samples_us))
    assert np.all(samples_us >= 0.0)
    assert demand.sample(a_generator(), 0).shape == (0,)


@each_example
def test_samples_depend_on_the_generator_alone(settings, example):
    """Equal generators give equal samples, and drawing more does not change the first ones."""
    demand = settings.model_validate(example)
    few, many = demand.sample(a_generator(), 100), demand.sample(a_generator(), 1000)
    np.testing.assert_array_equal(few, many[:100])


@each_example
def test_samples_may_be_drawn_in_parts(settings, example):
    """One generator gives the same samples at once and in parts of any size."""
    demand = settings.model_validate(example)
    generator, whole = a_generator(), demand.sample(a_generator(), 1000)
    parts = [demand.sample(generator, count) for count in (1, 0, 299, 700)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@each_example
def test_mean_of_samples_is_the_stated_mean(settings, example):
    """The mean of 400 000 samples is within 5 standard errors: false-alarm rate 6e-7."""
    demand = settings.model_validate(example)
    samples_us = demand.sample(a_generator(), 400_000)
    standard_error_us = demand.cv * demand.mean_us / samples_us.size**0.5
    assert samples_us.mean() == pytest.approx(demand.mean_us, abs=5.0 * standard_error_us + 1e-9)


@each_example
def test_spread_of_samples_is_the_stated_cv(settings, example):
    """The cv of 400 000 samples is within 5 batch standard errors: false-alarm rate about 1e-4.

    The error is estimated from 40 batches, whose t quantile at 5 is that far out.
    """
    demand = settings.model_validate(example)
    batches = demand.sample(a_generator(), 400_000).reshape(40, -1)
    if demand.cv == 0.0:
        assert np.ptp(batches) == 0.0
        return
    squares = (batches / demand.mean_us - 1.0) ** 2
    variances = squares.mean(axis=1)
    standard_error = variances.std(ddof=1) / 40**0.5
    assert variances.mean() == pytest.approx(demand.cv**2, abs=5.0 * standard_error)


@each_example
def test_quantiles_rise_and_undo_the_cumulative_shares(settings, example):
    """quantile is finite, never falls, and is the least demand that reaches its share.

    At the quantile the cumulative share is at least the share asked for, just below it is at most
    that: the definition of an inverse that also holds where demands repeat. Rounding: 1e-9.
    """
    demand = settings.model_validate(example)
    shares = np.concatenate(([0.0, 1e-12], np.linspace(1e-4, 0.9999, 997), [1 - 1e-9, 1 - 2**-53]))
    demands_us = demand.quantile(shares)
    assert demands_us.dtype == np.float64
    assert np.all(np.isfinite(demands_us))
    assert np.all(demands_us >= 0.0)
    assert np.all(np.diff(demands_us) >= 0.0)
    assert np.all(demand.cumulative(demands_us * (1 + 1e-9)) >= shares - 1e-8)
    positive = demands_us > 0.0
    just_below = demand.cumulative(demands_us * (1 - 1e-9))
    assert np.all(just_below[positive] <= shares[positive] + 1e-8)


@each_example
def test_quantiles_at_even_shares_have_the_stated_moments(settings, example):
    """A million even shares give the mean to 0.1 % and the spread to 1 %: the far tail lacks."""
    demand = settings.model_validate(example)
    demands_us = demand.quantile((np.arange(10**6) + 0.5) / 10**6)
    assert demands_us.mean() == pytest.approx(demand.mean_us, rel=1e-3)
    assert demands_us.std() == pytest.approx(demand.cv * demand.mean_us, rel=1e-2, abs=1e-6)


@each_example
def test_samples_are_spread_as_the_quantiles(settings, example):
    """Of 200 000 samples, the share up to each tenth is within 5 standard errors of cumulative.

    False-alarm rate 6e-7 for each of nine points.
    """
    demand = settings.model_validate(example)
    samples_us = demand.sample(a_generator(8), 200_000)
    tenths_us = demand.quantile(np.linspace(0.1, 0.9, 9))
    expected = demand.cumulative(tenths_us)
    seen = np.array([np.mean(samples_us <= tenth_us) for tenth_us in tenths_us])
    errors = (expected * (1.0 - expected) / samples_us.size) ** 0.5
    assert np.all(np.abs(seen - expected) <= 5.0 * errors + 1e-9)


@each_example
def test_quantiles_of_no_shares_are_none(settings, example):
    """A minute without arrivals is an ordinary one."""
    assert settings.model_validate(example).quantile(np.empty(0)).shape == (0,)


@each_example
def test_settings_survive_a_json_round_trip(settings, example):
    """What is archived loads to equal settings, from Python values and from JSON text."""
    demand = settings.model_validate(example)
    adapter = TypeAdapter(settings)
    assert adapter.validate_python(demand.model_dump(mode="json")) == demand
    assert adapter.validate_python(demand.model_dump()) == demand
    assert adapter.validate_json(demand.model_dump_json()) == demand


@each_example
def test_unknown_setting_is_refused(settings, example):
    """A misspelt setting is never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        settings.model_validate(example | {"maen": "8ms"})
