"""Whatever is loaded, the answer is a scenario or located problems; resolved ones are whole."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import ConfigurationError
from sim.scenario import load_scenario_text, render, resolved_text, to_resolved

EXAMPLE_FILE = Path(__file__).parents[2] / "unit" / "scenario" / "example.yaml"
EXAMPLE = EXAMPLE_FILE.read_text(encoding="utf-8").replace(
    "kind: replay_counts, file: traces/three-minutes.csv, scale: 1.0, within_bin: poisson, "
    "missing: refuse",
    "kind: stages, start: 1/s, stages: [{target: 5/s, duration: 5m}, {target: 0/s, duration: 1m}]",
)
PIECES = """null ~ true on 0 -1 1e999 .nan 0x1F 99999999999999999999 [] {} [[]] {a:1} '' x 50% 0.5
4GiB 5m 0s 50/s -5/s << *x &x !t | > - ? : # , [ ] { } @ ` % é 日本 kind constant lognormal step
replay_counts subnet-a administrator lambda.amazonaws.com AdministratorAccess@v9 1998-06-10
arn:aws:iam::aws:policy/x ../../../etc/passwd /dev/zero 0001-01-01T00:00:00+14:00
9999-12-31T23:59:59-14:00"""
WORDS = (
    *PIECES.split(),
    "",
    " ",
    "\n",
    "\t",
    "\r",
    "\x00",
    "\u2028",
    "\ud800",
    "\ufeff",
    '"\\u2028"',
)
SETTINGS = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(text: str | bytes, overrides: list[str]) -> None:
    """Load; a refusal must point into the text or the arguments, and must be drawable."""
    try:
        load_scenario_text(text, overrides, name="world.yaml", folder=EXAMPLE_FILE.parent)
    except ConfigurationError as error:
        problems = error.problems
    else:
        return
    whole = text if isinstance(text, str) else text.decode("utf-8", "replace")
    sources = {"world.yaml": whole.removeprefix("\ufeff")}
    sources |= {f"argument {number}": override for number, override in enumerate(overrides, 1)}
    for problem in problems:
        _check_inside(problem.line, problem.column, sources[problem.file])
    assert render(problems)


def _check_inside(line: int, column: int, text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The example with some stretches removed, doubled, or replaced by awkward words."""
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        new = draw(st.sampled_from(WORDS) | st.text(max_size=8) | st.just(text[start:end] * 2))
        text = text[:start] + new + text[end:]
    return text


@st.composite
def with_changed_values(draw: st.DrawFn) -> str:
    """The example with some values after `: ` replaced, so that the syntax stays good."""
    lines = EXAMPLE.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(lines) - 1))
        parts = lines[index].split(": ")
        part = draw(st.integers(1, max(1, len(parts) - 1)))
        if part < len(parts):
            parts[part] = draw(st.sampled_from(WORDS))
            lines[index] = ": ".join(parts)
    return "\n".join(lines)


SEGMENTS = st.sampled_from(
    [
        "functions",
        "workloads",
        "account",
        "users",
        "0",
        "site",
        "cpu",
        "kind",
        "arrivals",
        "scale",
        "assumptions",
        "scaler.tick_period",
        "roles",
        "x",
        "",
        "99",
        "trust_policy",
        "network",
    ]
)
OVERRIDES = st.builds(
    lambda path, value: f"{'.'.join(path)}={value}",
    st.lists(SEGMENTS, max_size=20),
    st.sampled_from(WORDS) | st.text(max_size=10),
) | st.text(max_size=20)


@SETTINGS
@given(mutated())
def test_mutated_scenarios_load_or_are_refused_with_places(text: str) -> None:
    """A scenario with random stretches changed loads or gives problems inside the file."""
    check(text, [])


@SETTINGS
@given(with_changed_values())
def test_scenarios_with_awkward_values_load_or_are_refused_with_places(text: str) -> None:
    """A scenario with awkward values loads or gives problems inside the file."""
    check(text, [])


@SETTINGS
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_random_text_and_bytes_are_refused_with_places(content: str | bytes) -> None:
    """Noise is refused with problems inside it."""
    check(content, [])


@SETTINGS
@given(st.lists(OVERRIDES, max_size=3))
def test_random_overrides_load_or_are_refused_with_places(overrides: list[str]) -> None:
    """Awkward overrides of a good scenario load or give problems inside file or argument."""
    check(EXAMPLE, overrides)


RATES = st.integers(0, 10**6).map(lambda n: f"{n}/min")
ARRIVALS = st.one_of(
    st.builds(lambda rate: {"kind": "constant", "rate": rate}, RATES),
    st.builds(
        lambda start, end, n: {"kind": "ramp", "start": start, "end": end, "over": f"{n}s"},
        RATES,
        RATES,
        st.integers(1, 10**5),
    ),
)
DEMANDS = st.one_of(
    st.builds(lambda n: {"kind": "exponential", "mean": f"{n}us"}, st.integers(1, 10**7)),
    st.builds(
        lambda n, cv: {"kind": "lognormal", "mean": f"{n}ms", "cv": cv},
        st.integers(1, 10**4),
        st.floats(0.01, 10),
    ),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(0, 2**63 - 1),
        "duration": st.integers(1, 10**9).map(lambda n: f"{n + 1_800_000_001}us"),
        "start_at": st.datetimes().map(lambda d: d.replace(year=1998).isoformat() + "+02:00"),
        "description": st.sampled_from(["日本 𐀀", "two\nlines", " # : ", "on", "0o17", "1e3"]),
        "functions.site.cpu": DEMANDS,
        "functions.site.io": DEMANDS,
        "functions.site.memory": st.integers(1, 8).map(lambda n: f"{4 * n} GiB"),
        "functions.site.per_execution_environment_max_concurrency": st.none() | st.integers(1, 64),
        "functions.site.max_execution_environments": st.none() | st.integers(3, 15_000),
        "workloads.site.arrivals": ARRIVALS,
        "capacity_providers.web.scaling": st.floats(0.001, 1).map(
            lambda share: {"mode": "manual", "target_cpu": share}
        ),
        "thresholds.p99_ms": st.lists(
            st.floats(0, 1e12).map(lambda bound: f"<{bound}"), max_size=3
        ),
        "thresholds.throttle_rate": st.lists(st.sampled_from(["<=1e-5", ">0.5"]), max_size=2),
        "assumptions.scaler.tick_period": st.integers(1, 60).map(lambda n: f"{n}s"),
        "routing": st.sampled_from(["random", "round_robin", "power_of_two"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(CHANGES)
def test_a_resolved_scenario_loads_to_an_equal_one(changes: dict[str, object]) -> None:
    """Writing a scenario out with all defaults and loading that gives an equal scenario."""
    overrides = [
        f"{path}={json.dumps(value, ensure_ascii=False)}" for path, value in changes.items()
    ]
    scenario = load_scenario_text(EXAMPLE, overrides)

    again = load_scenario_text(resolved_text(scenario))
    assert again == scenario
    assert to_resolved(again) == to_resolved(scenario)


@pytest.mark.parametrize("depth", [70, 5_000])
def test_a_path_of_many_parts_is_refused(depth: int) -> None:
    """An override cannot build values deeper than a file may have."""
    check(EXAMPLE, [".".join(["x"] * depth) + "=1", f"x={'[' * depth}"])
