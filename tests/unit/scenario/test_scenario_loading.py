"""Claims about good scenarios: what they become, and which defaults are written out."""

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sim.errors import ConfigurationError, EnvironmentProblemError
from sim.facts import catalogue
from sim.scenario import Scenario, load_scenario, scenario_schema, to_resolved
from sim.scenario.capacity_provider import ScalingMode
from sim.units import HOUR_US, MINUTE_US, SECOND_US

Load = Callable[..., Scenario]
CONCURRENCY = "    per_execution_environment_max_concurrency: 64\n"


def test_quantities_become_the_engines_units(load: Load) -> None:
    """Durations are microseconds, sizes MiB, instants UTC, thresholds comparisons."""
    scenario = load()
    (function,) = scenario.functions

    assert (scenario.preparation, scenario.duration) == (10 * MINUTE_US, HOUR_US)
    assert scenario.start_at == datetime(1998, 6, 10, tzinfo=UTC)
    assert (function.memory, function.vcpu, function.timeout) == (4096, 1, 3 * SECOND_US)
    assert function.cpu.mean_us == 8000.0
    assert scenario.script[0].at == 30 * MINUTE_US
    assert scenario.thresholds.bounds()["p99_ms"][0].holds(250.0)
    assert not scenario.thresholds.bounds()["throttle_rate"][0].holds(0.001)


def test_a_scenario_cannot_be_changed(load: Load) -> None:
    """Assigning to a loaded scenario is refused."""
    with pytest.raises(ValueError, match="frozen"):
        load().seed = 2


@pytest.mark.parametrize(
    ("runtime", "language", "vcpu"),
    [("nodejs24.x", "nodejs", 1), ("python3.13", "python", 2), ("provided.al2023", "rust", 8)],
)
def test_default_concurrency_is_the_runtimes_per_vcpu(
    load: Load, runtime: str, language: str, vcpu: int
) -> None:
    """Without a number a function gets its runtime's default for each of its vCPUs."""
    memory = f"functions.site.memory={4 * vcpu} GiB"
    scenario = load(CONCURRENCY, "", f"functions.site.runtime={runtime}", memory)

    per_vcpu = catalogue().integer(f"execution_environment.concurrency_per_vcpu_default.{language}")
    assert scenario.functions[0].concurrency_limit == per_vcpu * vcpu


def test_creators_default_to_administrator_and_developer(load: Load) -> None:
    """The administrator creates, the developer deploys, where they exist and nobody is named."""
    scenario = load()
    named = load("- name: developer", "- name: pipeline", "functions.site.deployed_by=pipeline")
    alone = load("- name: administrator", "- name: root", "account.users.1.name=other", "script=[]")

    assert scenario.capacity_providers[0].created_by == "administrator"
    assert scenario.functions[0].deployed_by == "developer"
    assert named.functions[0].deployed_by == "pipeline"
    assert alone.capacity_providers[0].created_by == alone.functions[0].deployed_by == "root"


def test_managed_policies_are_pinned_to_a_version(load: Load) -> None:
    """A policy named without version is resolved to the default one, a pinned one stays."""
    name = "AWSLambdaManagedEC2ResourceOperator"

    assert load().account.roles[0].managed_policies == (f"{name}@v3",)
    pinned = load(f"[{name}]", f"[{name}@v5]")
    assert pinned.account.roles[0].managed_policies == (f"{name}@v5",)


def test_short_trust_policy_is_written_out(load: Load) -> None:
    """The service short form becomes the document that lets this service assume the role."""
    (statement,) = load().account.roles[0].trust_document()["Statement"]

    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("target", ["50%", "0.5"])
def test_manual_scaling_takes_a_share_or_a_percentage(load: Load, target: str) -> None:
    """`50%` and 0.5 are the same CPU target."""
    old = "mode: auto, target_cpu: null"
    scaling = load(old, f"mode: manual, target_cpu: {target}").capacity_providers[0].scaling

    assert (scaling.mode, scaling.target_cpu) == (ScalingMode.MANUAL, 0.5)


def test_a_trace_is_read_when_the_scenario_is(load: Load, folder: Path) -> None:
    """The workload carries its counts and their digest, also when the file is gone."""
    workload = load().workloads[0]
    (folder / "traces" / "three-minutes.csv").unlink()

    assert workload.arrival_process().rate_per_s(2) == pytest.approx(7 / 60)
    assert workload.trace_sha256 is not None
    copy = pickle.loads(pickle.dumps(workload))
    assert copy == workload
    assert copy.arrival_process().rate_per_s(0) == pytest.approx(13 / 60)


def test_resolved_scenario_writes_every_default_with_units(load: Load) -> None:
    """A resolved scenario has the defaults of its world as text that loads again."""
    resolved = json.dumps(to_resolved(load("    timeout: 3s\n", "")))

    assert '"timeout": "3s"' in resolved
    assert '"preparation": "10m"' in resolved


def test_a_scenario_file_is_read_with_its_own_folder(folder: Path, load: Load) -> None:
    """A file on disk loads like its text, with traces next to it."""
    example = (Path(__file__).parent / "example.yaml").read_bytes()
    (folder / "world.yaml").write_bytes(example)

    assert load_scenario(folder / "world.yaml") == load()
    assert load_scenario(str(folder / "world.yaml"), ["seed=7"]).seed == 7


def test_an_unreadable_scenario_is_the_machines_problem(folder: Path) -> None:
    """A missing file or a folder is exit code 4, with the reason in words."""
    with pytest.raises(EnvironmentProblemError, match="no such file"):
        load_scenario(folder / "nothing.yaml")
    with pytest.raises(EnvironmentProblemError, match="is a directory"):
        load_scenario(folder)


def test_schema_describes_every_key_and_shows_defaults_with_units() -> None:
    """The JSON Schema has the docstrings as descriptions and quantities as people write them."""
    schema = scenario_schema()

    assert schema["properties"]["preparation"]["default"] == "10m"
    models = [schema, *schema["$defs"].values()]
    fields = [(name, field) for m in models for name, field in m.get("properties", {}).items()]
    assert [name for name, field in fields if "description" not in field and name != "kind"] == []
    assert schema["$defs"]["Function"]["properties"]["memory"]["default"] == "2 GiB"


def test_all_problems_are_told_at_once(load: Load) -> None:
    """Mistakes in different sections and arguments come in one error, in reading order."""
    with pytest.raises(ConfigurationError) as caught:
        load("region: us-east-1", "regoin: us-east-1", "seed=-1", "functions.site.init=1000s")

    codes = [(problem.file, problem.code) for problem in caught.value.problems]
    assert codes == [
        ("argument 1", "out-of-range"),
        ("argument 2", "out-of-range"),
        ("world.yaml", "unknown-key"),
    ]
