"""A scenario may be based on another file: its keys hold, single values change, others go."""

from pathlib import Path

import pytest

from sim.errors import ConfigurationError, Problem
from sim.scenario import Scenario, load_scenario, scenario_schema

CONFIGS = Path(__file__).parents[3] / "configs"
BASE = CONFIGS / "operator-role" / "world.yaml"
STATEMENTS = "account.roles.LambdaOperatorRole.inline_policies.Operator.document.Statement"


def loaded(folder: Path, text: str, *overrides: str) -> Scenario:
    """A file in a folder beside a copy of the base, loaded."""
    (folder / "base.yaml").write_bytes(BASE.read_bytes())
    file = folder / "mine.yaml"
    file.write_text(f"based_on: base.yaml\n{text}", encoding="utf-8")
    return load_scenario(file, overrides)


def problems(folder: Path, text: str) -> list[Problem]:
    """What is wrong with such a file."""
    with pytest.raises(ConfigurationError) as refused:
        loaded(folder, text)
    return list(refused.value.problems)


def test_keys_of_the_file_stand_in_place_of_the_bases(tmp_path: Path) -> None:
    """What is written holds as a whole, what is not comes from the base."""
    scenario = loaded(tmp_path, "name: mine\nexpectations: []\n")
    assert (scenario.name, scenario.expectations) == ("mine", ())
    assert scenario.functions == load_scenario(BASE).functions


def test_single_values_change_by_their_paths(tmp_path: Path) -> None:
    """List items are called by name, by Sid, or by themselves; command-line overrides come last."""
    scenario = loaded(
        tmp_path,
        "changes:\n  functions.site.timeout: 5s\n"
        f"  {STATEMENTS}.Look.Resource: 'arn:aws:ec2:*:*:*'\n",
        "functions.site.timeout=7s",
    )
    assert scenario.functions[0].timeout == 7_000_000
    document = scenario.account.roles[0].inline_policies[0].document
    assert document["Statement"][1]["Resource"] == "arn:aws:ec2:*:*:*"


def test_removed_places_are_gone_and_later_items_move_up(tmp_path: Path) -> None:
    """A statement and one action of another go; mistakes behind them are still located."""
    text = (
        f"removed:\n  - {STATEMENTS}.LaunchManaged\n"
        f"  - '{STATEMENTS}.Look.Action.ec2:DescribeSubnets'\n"
    )
    statements = loaded(tmp_path, text).account.roles[0].inline_policies[0].document["Statement"]
    assert [s["Sid"] for s in statements] == ["Look", "UseNetwork", "UseAmazonImages"]
    assert "ec2:DescribeSubnets" not in statements[0]["Action"]
    assert len(statements[0]["Action"]) == 7
    (problem,) = problems(tmp_path, f"{text}changes: {{{STATEMENTS}.UseNetwork.Effect: Alow}}\n")
    assert (Path(problem.file).name, problem.line) == ("mine.yaml", 5)


def test_a_mistake_is_shown_in_the_file_in_which_it_was_made(tmp_path: Path) -> None:
    """Places of the base stay places of the base's file."""
    (problem,) = problems(tmp_path, "duration: 0s\n")
    assert (Path(problem.file).name, problem.line) == ("mine.yaml", 2)
    broken = BASE.read_text(encoding="utf-8").replace("8 GiB", "1 TiB")
    (tmp_path / "other.yaml").write_text(broken, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text("based_on: other.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_scenario(tmp_path / "mine.yaml")
    assert {Path(p.file).name for p in refused.value.problems} == {"other.yaml"}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("changes: [functions]\n", "wrong-type", 2),
        ("changes:\n  functions.sight.memory: 8 GiB\n", "unknown-item", 3),
        ("removed: functions.site\n", "wrong-type", 2),
        ("removed: [functions.sight]\n", "unknown-item", 2),
        ("removed: [account.nothing]\n", "unknown-item", 2),
    ],
)
def test_wrong_paths_are_located(tmp_path: Path, text: str, code: str, line: int) -> None:
    """A path that leads nowhere is one problem, at its place in the file."""
    found = [p for p in problems(tmp_path, text) if Path(p.file).name == "mine.yaml"]
    assert [(p.code, p.line) for p in found] == [(code, line)]


@pytest.mark.parametrize("base", ["nowhere.yaml", "5", "/etc/hosts", "mine.yaml"])
def test_what_cannot_be_a_base_is_refused(tmp_path: Path, base: str) -> None:
    """No such file, no path, an absolute path, or the file itself: one located problem."""
    (tmp_path / "mine.yaml").write_text(f"name: mine\nbased_on: {base}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_scenario(tmp_path / "mine.yaml")
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == ("bad-base", 2)


def test_the_schema_knows_files_that_are_based_on_others() -> None:
    """An editor offers the three keys, and asks for no more when there is a base."""
    schema = scenario_schema()
    assert {"based_on", "changes", "removed"} <= set(schema["properties"])
    assert {"required": ["based_on"]} in schema["anyOf"]
