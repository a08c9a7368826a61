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
