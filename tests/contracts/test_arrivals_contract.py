"""What every arrival shape in the folder must keep, judged on the examples in its own schema."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sim.registry import kinds
from sim.workload.arrival_process import WINDOW_S, WINDOW_US, ArrivalProcess, ArrivalSettings

ARRIVALS = kinds("sim.workload.arrivals")
WINDOWS = range(8)
EXAMPLES = [
    pytest.param(settings, example, id=f"{kind}-{position}")
    for kind, settings in ARRIVALS.items()
    for position, example in enumerate(settings.model_config["json_schema_extra"]["examples"])
]
each_example = pytest.mark.parametrize(("settings", "example"), EXAMPLES)


def a_generator(seed: int, index: int) -> np.random.Generator:
    """Build the generator of one window, as the engine keys it."""
    return np.random.Generator(
        np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(index,)))
    )


def a_process(folder: Path, settings: type[ArrivalSettings], example: dict) -> ArrivalProcess:
    """Bind an example; a trace that it names is written to the folder first."""
    loaded = settings.model_validate(example)
    if "file" in example:
        trace = folder / example["file"]
        trace.parent.mkdir(exist_ok=True)
        rows = [f"2024-01-01 00:{minute:02}:00,{90 * minute}" for minute in range(6)]
        trace.write_text("\n".join(["period,count", *rows]))
    return loaded.bind(loaded.load(folder))


@pytest.mark.parametrize("kind", ARRIVALS)
def test_kind_has_examples_and_a_documented_schema(kind):
    """Every kind shows at least one example, and every field tells what it means."""
    schema = ARRIVALS[kind].model_json_schema()
    assert schema["examples"]
    assert issubclass(ARRIVALS[kind], ArrivalSettings)
    fields = {name: field for name, field in schema["properties"].items() if name != "kind"}
    assert all(field.get("description") for field in fields.values())


@each_example
def test_windows_are_sorted_and_inside_their_minute(tmp_path, settings, example):
    """Times of a window are float64, in order, from its start to before its end."""
    process = a_process(tmp_path, settings, example)
    for index in WINDOWS:
        times_us = process.window(index, a_generator(1, index))
        assert times_us.dtype == np.float64
        assert times_us.ndim == 1
        assert np.all(np.diff(times_us) >= 0.0)
        assert np.all((times_us >= index * WINDOW_US) & (times_us < (index + 1) * WINDOW_US))


@each_example
def test_window_depends_on_the_generator_alone(tmp_path, settings, example):
    """The same generator state gives the same times, in whatever order windows are asked for."""
    process = a_process(tmp_path, settings, example)
    forward = [process.window(index, a_generator(2, index)) for index in WINDOWS]
    backward = [process.window(index, a_generator(2, index)) for index in reversed(WINDOWS)]
    for one, other in zip(forward, reversed(backward), strict=True):
        np.testing.assert_array_equal(one, other)


@each_example
def test_expected_count_is_the_integral_of_the_rate(tmp_path, settings, example):
    """Over 25 seeds and all windows the count is within 5 standard deviations of the rate.

    The deviation is Poisson's, or the one seen between seeds if that is more than twice as large:
    false-alarm rate 6e-7 for each example, for overdispersed kinds (t, df 24) 5e-5.
    """
    process = a_process(tmp_path, settings, example)
    expected = 25 * WINDOW_S * sum(process.rate_per_s(index) for index in WINDOWS)
    counts = [
        sum(process.window(index, a_generator(seed, index)).size for index in WINDOWS)
        for seed in range(25)
    ]
    poisson, seen = expected**0.5, 25**0.5 * np.std(counts, ddof=1)
    deviation = seen if seen > 2.0 * poisson else poisson
    assert sum(counts) == pytest.approx(expected, abs=5.0 * deviation + 1e-9)


@each_example
def test_settings_survive_a_json_round_trip(settings, example):
    """What is archived loads to equal settings, from Python values and from JSON text."""
    loaded = settings.model_validate(example)
    adapter = TypeAdapter(settings)
    assert adapter.validate_python(loaded.model_dump(mode="json")) == loaded
    assert adapter.validate_python(loaded.model_dump()) == loaded
    assert adapter.validate_json(loaded.model_dump_json()) == loaded


@each_example
def test_unknown_setting_is_refused(settings, example):
    """A misspelt setting is never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        settings.model_validate(example | {"raet": "50/s"})
