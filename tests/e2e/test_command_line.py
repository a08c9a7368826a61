"""The command as a person meets it: fresh processes, exit codes, streams, what is left on disk."""

import contextlib
import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
FIRST_RUN = ROOT / "configs" / "first-run.yaml"
SHORT = (
    "duration=3m",
    "preparation=5m",
    "workloads.0.arrivals.at=1m",
    "workloads.0.arrivals.back_at=2m",
    "thresholds={}",
)


def lmisim(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_run_leaves_a_whole_run_folder(tmp_path: Path) -> None:
    """A run leaves summary, resolved scenario, manifest, tables and report, and prints JSON."""
    done = lmisim("run", FIRST_RUN, *SHORT, "--out", "mine", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    names = {p.name for p in (tmp_path / "mine").iterdir()}
    assert {
        "summary.json",
        "scenario.resolved.json",
        "manifest.json",
        "report.html",
        "tables",
    } <= names
    kept = json.loads((tmp_path / "mine" / "summary.json").read_text())
    assert printed["run_dir"] == "mine"
    assert {k: v for k, v in printed.items() if k in kept} == kept
    assert [p.name for p in tmp_path.iterdir()] == ["mine"], "nothing else is left behind"


@pytest.mark.parametrize("left_out", [(), ("capacity_providers=[]",)])
def test_a_world_without_functions_runs(left_out: tuple[str, ...], tmp_path: Path) -> None:
    """A provider without functions has no instances; tables, summary and report are there, empty.

    So are they without a provider.
    """
    empty = ("functions=[]", "expectations=[]", *left_out)
    world = ROOT / "configs" / "operator-role" / "world.yaml"
    done = lmisim("run", world, *empty, "--out", "mine", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["instances"]["launched"] == printed["invocations"]["arrived"] == 0
    minutes = pd.read_parquet(tmp_path / "mine" / "tables" / "minutes.parquet")
    assert len(minutes) == 0
    assert {"function", "minute", "arrived", "latency_p99_ms"} <= set(minutes.columns)
    assert lmisim("report", "mine", cwd=tmp_path).returncode == 0


def test_resolved_scenario_repeats_the_run(tmp_path: Path) -> None:
    """Running the resolved scenario of a run folder gives the same journal digest."""
    trace = ("functions.site.cpu.mean=4ms", "duration=3m", "workloads.0.arrivals.scale=0.05")
    day = ROOT / "configs" / "world-cup-opening-day.yaml"
    first = lmisim("run", day, *trace, "--out", "first", "--json", "--no-report", cwd=tmp_path)
    again = lmisim(
        "run",
        "first/scenario.resolved.json",
        "--out",
        "again",
        "--json",
        "--no-report",
        cwd=tmp_path,
    )
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    first_digest, again_digest = (json.loads(d.stdout)["journal_sha256"] for d in (first, again))
    assert first_digest == again_digest


def test_report_is_made_again_to_the_byte(tmp_path: Path) -> None:
    """The report of a saved run, made again in another process, is the same page to the byte."""
    assert lmisim("run", FIRST_RUN, *SHORT, "--out", "mine", "-q", cwd=tmp_path).returncode == 0
    page = tmp_path / "mine" / "report.html"
    first = page.read_bytes()
    page.unlink()
    done = lmisim("report", "mine", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == [str(Path("mine") / "report.html")]
    assert page.read_bytes() == first


def test_metrics_of_a_saved_run_come_in_the_shapes_of_cloudwatch(tmp_path: Path) -> None:
    """Listed without queries, answered with them, and a wrong one is located and ends with 2."""
    made = lmisim("run", FIRST_RUN, *SHORT, "--out", "mine", "-q", "--no-report", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    listed = json.loads(lmisim("metrics", "mine", "--json", cwd=tmp_path).stdout)
    assert listed["schema_version"] == 1
    metric = next(m for m in listed["Metrics"] if m["MetricName"] == "Invocations")
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    (tmp_path / "queries.json").write_text(json.dumps([query]))
    done = lmisim("metrics", "mine", "--queries", "queries.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["MetricDataResults"]
    assert (result["Id"], result["StatusCode"], len(result["Values"])) == ("m1", "Complete", 3)
    (tmp_path / "queries.json").write_text(json.dumps([{**query, "Id": "Wrong"}]))
    wrong = lmisim("metrics", "mine", "--queries", "queries.json", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--> queries.json:1:" in wrong.stderr
    everything = lmisim("metrics", "mine", "--all", "--out", "metrics.json", cwd=tmp_path)
    assert everything.returncode == 0, everything.stderr
    exported = json.loads((tmp_path / "metrics.json").read_text())["MetricDataResults"]
    assert len(exported) == len(listed["Metrics"])


def test_the_system_log_of_a_saved_run_is_told_line_by_line(tmp_path: Path) -> None:
    """One JSON object per line under AWS's names; failures alone on demand; a wrong name is 2."""
    made = lmisim("run", FIRST_RUN, *SHORT, "--out", "mine", "-q", "--no-report", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    lines = lmisim("log", "mine", "--provider", "web", cwd=tmp_path).stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [e["operation"] for e in events[:6]] == ["Launching"] * 3 + ["Launched"] * 3
    assert events[0]["metadata"]["capacityProviderArn"].endswith(":capacity-provider:web")
    only_failures = lmisim("log", "mine", "--level", "WARN", "--json", cwd=tmp_path)
    assert json.loads(only_failures.stdout) == {"schema_version": 1, "events": []}
    wrong = lmisim("log", "mine", "--provider", "wbe", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "there is no capacity provider `wbe`" in wrong.stderr


def test_failed_threshold_ends_with_one(tmp_path: Path) -> None:
    """A run that misses a threshold is saved all the same, names it, and ends with exit code 1."""
    done = lmisim(
        "run",
        FIRST_RUN,
        *SHORT,
        'thresholds.p99_ms=["<1"]',
        "--out",
        "mine",
        "--no-report",
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "p99_ms" in done.stderr
    assert (tmp_path / "mine" / "summary.json").is_file()


MISTAKES = {
    "broken YAML": ("network:\n", "network: [\n"),
    "unknown key": ("    memory: 4 GiB", "    memroy: 4 GiB"),
    "wrong unit": ("init: 2s", "init: 2 GiB"),
    "negative rate": ("rate: 200/s", "rate: -200/s"),
    "unknown subnet": ("subnets: [subnet-a,", "subnets: [subnet-aa,"),
    "unknown role": ("operator_role: LambdaOperatorRole", "operator_role: LambdaOperatorRoll"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_located_and_leaves_nothing(tmp_path: Path, mistake: str) -> None:
    """Every mistake ends with 2, place and caret, without a traceback or a run folder."""
    right, wrong = MISTAKES[mistake]
    text = FIRST_RUN.read_text()
    assert right in text
    (tmp_path / "wrong.yaml").write_text(text.replace(right, wrong))
    done = lmisim("run", "wrong.yaml", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "--> wrong.yaml:" in done.stderr
    assert "^" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["wrong.yaml"]


@pytest.mark.parametrize(
    ("mistake", "nearest"),
    [
        ("unknown key", "`memory`"),
        ("unknown subnet", "`subnet-a`"),
        ("unknown role", "`LambdaOperatorRole`"),
    ],
)
def test_nearest_name_is_offered(tmp_path: Path, mistake: str, nearest: str) -> None:
    """A wrong name comes with the nearest valid one."""
    right, wrong = MISTAKES[mistake]
    (tmp_path / "wrong.yaml").write_text(FIRST_RUN.read_text().replace(right, wrong))
    assert f"did you mean {nearest}" in lmisim("validate", "wrong.yaml", cwd=tmp_path).stderr


def test_validate_gives_located_objects(tmp_path: Path) -> None:
    """`validate --json` prints every mistake as an object with its place and message."""
    done = lmisim("validate", FIRST_RUN, "bogus=1", "duration=-5m", "--json", cwd=tmp_path)
    assert done.returncode == 2
    printed = json.loads(done.stdout)
    assert printed["valid"] is False
    assert {e["file"] for e in printed["errors"]} == {"argument 1", "argument 2"}
    assert all(
        {"line", "column", "path", "code", "message", "help"} <= set(e) for e in printed["errors"]
    )


def test_init_writes_a_scenario_that_runs(tmp_path: Path) -> None:
    """`init` writes an example with its schema and trace; it is valid where it lies."""
    done = lmisim("init", "--example", "world-cup-opening-day", "study", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = [tmp_path / f for f in json.loads(done.stdout)["files"]]
    assert all(f.is_file() for f in files)
    assert {f.suffix for f in files} == {".yaml", ".csv", ".json"}
    assert lmisim("validate", "study/world-cup-opening-day.yaml", cwd=tmp_path).returncode == 0


def test_init_never_overwrites(tmp_path: Path) -> None:
    """`init` refuses to write over a file and changes nothing."""
    assert lmisim("init", cwd=tmp_path).returncode == 0
    scenario = tmp_path / "first-run.yaml"
    scenario.write_text("mine")
    assert lmisim("init", cwd=tmp_path).returncode == 4
    assert scenario.read_text() == "mine"


def test_run_refuses_a_folder_with_other_things(tmp_path: Path) -> None:
    """A folder that holds something else is refused before the run, and stays as it was."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    done = lmisim("run", FIRST_RUN, *SHORT, "--out", "mine", cwd=tmp_path)
    assert done.returncode == 4
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_older_run_is_replaced(tmp_path: Path) -> None:
    """A run folder may be written again; the newer run takes its place whole."""
    words = ("run", FIRST_RUN, *SHORT, "--out", "mine", "--no-report", "-q")
    assert lmisim(*words, cwd=tmp_path).returncode == 0
    assert lmisim(*words, "--seed", 2, cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "mine" / "manifest.json").read_text())["seed"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_missing_scenario_is_the_machines_fault(tmp_path: Path) -> None:
    """A scenario file that is not there ends with 4 and one line."""
    done = lmisim("run", "nowhere.yaml", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stderr.startswith("error: cannot read the scenario `nowhere.yaml`")


def test_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    """A wrong option ends with 2 and without a traceback."""
    done = lmisim("run", FIRST_RUN, "--sed", 3, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_iam_decisions_come_in_order(tmp_path: Path) -> None:
    """`iam evaluate` prints one decision a line, in order, and the published ones agree."""
    cases = ROOT / "tests" / "cases" / "iam" / "decisions.jsonl.gz"
    done = lmisim("iam", "evaluate", "--cases", cases, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with gzip.open(cases, "rt") as lines:
        expected = [json.loads(line) for line in lines]
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert printed == [{"id": case["id"], "decision": case["expected"]} for case in expected]


def test_help_lists_every_command_without_loading_them(tmp_path: Path) -> None:
    """The help of the command names every command and imports neither numba nor pandas."""
    code = (
        "import sys\n"
        "from sim.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numba', 'pandas', 'numpy', 'pydantic', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(
        name in done.stdout
        for name in ("run", "validate", "schema", "init", "report", "analytic", "iam", "bench")
    )


def test_iam_check_ends_with_one_when_something_is_denied(tmp_path: Path) -> None:
    """`iam check --json` gives call, resource, decision, decider and fix; a denial ends with 1."""
    good = lmisim("iam", "check", FIRST_RUN, "--json", cwd=tmp_path)
    assert good.returncode == 0, good.stderr
    keys = {"call", "resource", "decision", "decided_by", "fix"}
    assert all(keys <= set(check) for check in json.loads(good.stdout)["checks"])
    bad = lmisim(
        "iam", "check", FIRST_RUN, "account.roles.0.managed_policies=[]", "--json", cwd=tmp_path
    )
    assert bad.returncode == 1
    denied = [c for c in json.loads(bad.stdout)["checks"] if c["decision"] != "Allowed"]
    assert all(check["fix"] for check in denied)


def test_terminal_gets_a_bar(tmp_path: Path) -> None:
    """Where stderr is a terminal, the run draws a bar there and ends well; stdout stays data."""
    master, slave = pty.openpty()
    words = ("run", str(FIRST_RUN), *SHORT, "--out", "mine", "--no-report", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "sim.cli", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(slave)
        drawn = b""
        # Reading a terminal whose other end is closed is an error on Linux, not an end.
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 4096):
                drawn += chunk
        out = process.stdout.read() if process.stdout else b""
    os.close(master)
    assert process.returncode == 0, drawn.decode()
    assert b"first-run" in drawn
    assert b"of 0.1 h" in drawn
    assert json.loads(out)["scenario"] == "first-run"


def test_iam_diff_and_minimize_go_together(tmp_path: Path) -> None:
    """The proposed policy is a document that `iam diff` reads; a difference ends with 1."""
    proposed = lmisim("iam", "minimize", FIRST_RUN, cwd=tmp_path)
    assert proposed.returncode == 0, proposed.stderr
    (tmp_path / "least.json").write_text(proposed.stdout)
    managed = "AWSLambdaManagedEC2ResourceOperator"
    assert lmisim("iam", "diff", "least.json", "least.json", cwd=tmp_path).returncode == 0
    differing = lmisim("iam", "diff", managed, "least.json", "--json", cwd=tmp_path)
    assert differing.returncode == 1
    witnesses = json.loads(differing.stdout)["differences"]
    assert all(w["first"] == "Allowed" for w in witnesses)


def test_analytic_answers_without_a_run(tmp_path: Path) -> None:
    """`analytic --json` prints rates, latency and fleet, and leaves nothing behind."""
    done = lmisim("analytic", FIRST_RUN, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"throttle_rate", "latency_mean_ms", "environments_mean"} <= set(json.loads(done.stdout))
    assert list(tmp_path.iterdir()) == []


def test_run_refuses_a_file_as_its_folder(tmp_path: Path) -> None:
    """An `--out` that is a file is refused before the run, with 4 and one line."""
    (tmp_path / "taken").write_text("mine")
    done = lmisim("run", FIRST_RUN, *SHORT, "--out", "taken", cwd=tmp_path)
    assert done.returncode == 4
    assert "is a file" in done.stderr
    assert "Traceback" not in done.stderr


def test_run_that_cannot_be_kept_is_not_run(tmp_path: Path) -> None:
    """An `--out` below something that cannot hold folders is refused before any simulation."""
    done = lmisim("run", FIRST_RUN, *SHORT, "--out", "/proc/lmisim", cwd=tmp_path)
    assert done.returncode == 4
    assert "%" not in done.stderr


def test_run_tells_that_policies_have_findings(tmp_path: Path) -> None:
    """A run says how many findings its policies have and where to read them, and goes on."""
    statement = (
        '{Effect: Allow, Action: "ec2:RunInstances", Resource: "*", '
        'Condition: {StringEquals: {"ec2:InstanceType": "m8g.*"}}}'
    )
    document = f'{{Version: "2012-10-17", Statement: [{statement}]}}'
    policy = f"account.roles.1.inline_policies=[{{name: Own, document: {document}}}]"
    words = ("run", FIRST_RUN, *SHORT, policy, "--out", "mine", "--no-report")
    done = lmisim(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "findings about policies: 2; `lmisim validate` shows them" in done.stderr


def log_of(folder: str, *words: object, cwd: Path) -> list[dict[str, Any]]:
    """The system log of a saved run."""
    return [json.loads(line) for line in lmisim("log", folder, *words, cwd=cwd).stdout.splitlines()]


def test_a_day_of_short_lives_runs_from_its_file(tmp_path: Path) -> None:
    """Half a day of life, then a patch: six instances go, each launched for first; no throttle."""
    config = ROOT / "configs" / "lifecycle" / "twelve-hours.yaml"
    done = lmisim("run", config, "--out", "mine", "-q", "--no-report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    log = log_of("mine", cwd=tmp_path)
    why = [e["message"].rpartition(": ")[2] for e in log if e["operation"] == "Terminating"]
    assert why == ["end of lifetime"] * 3 + ["replaced by a patched image"] * 3
    assert sum(e["operation"] == "Launched" for e in log) == 9


def test_scheduled_scaling_runs_from_its_file(tmp_path: Path) -> None:
    """The schedule meets a sixfold rush without a throttle; off and on again is in the journal."""
    config = ROOT / "configs" / "lifecycle" / "scheduled-scaling.yaml"
    done = lmisim("run", config, "--out", "mine", "-q", "--no-report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    events = pd.read_parquet(tmp_path / "mine" / "tables" / "events.parquet")
    moves = events.loc[events["kind"] == "function_version_changed", "line"]
    states = [line.partition(" -> ")[2].split()[0] for line in moves]
    assert states[1:] == ["Active", "Deactivating", "Deactivated", "Pending", "Active"]
    ends = [e for e in log_of("mine", cwd=tmp_path) if e["operation"] == "Terminated"]
    assert ends


FAILURES = {
    "insufficient-capacity": {"InsufficientInstanceCapacity"},
    "vcpu-quota": {"VcpuLimitExceeded"},
    "network": {
        "InsufficientFreeAddressesInSubnet",
        "InvalidSubnetID.NotFound",
        "InvalidGroup.NotFound",
    },
    "ec2-api": {"RequestLimitExceeded", "InternalError"},
    "permissions": {"UnauthorizedOperation", "AccessDenied"},
    "boot-and-health": {
        "Server.InternalError",
        "Client.InternalError",
        "Unsupported",
        "InternalError",  # Lambda's own word for a launch that timed out
    },
    "zone-outage": {"InsufficientInstanceCapacity"},
}
"""The shipped scenarios of failures, and the errors of EC2 and STS that each brings about."""


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_runs_from_its_file(name: str, tmp_path: Path) -> None:
    """Each keeps its thresholds and every law, brings its errors about, and tells its faults."""
    config = ROOT / "configs" / "failures" / f"{name}.yaml"
    done = lmisim("run", config, "--out", "mine", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "mine" / "summary.json").read_text())
    assert set(summary["instances"]["launch_failures_by_code"]) == FAILURES[name]
    page = (tmp_path / "mine" / "report.html").read_text()
    assert "Fault until" in page
    assert "Fault healed" in page


def test_every_failure_that_is_shipped_is_run() -> None:
    """No file of a failure is left out above."""
    assert {path.stem for path in (ROOT / "configs" / "failures").iterdir()} == set(FAILURES)


def test_burst_into_a_queue_goes_as_in_the_test_of_aws(tmp_path: Path) -> None:
    """From 3 environments to 7 instances full of them, throttled by CPU, and no message is lost.

    Twenty minutes of the hour are enough; what AWS's sample says of it is compared figure by
    figure in tests/validation/published.
    """
    burst = ROOT / "configs" / "queue-burst.yaml"
    done = lmisim("run", burst, "duration=20m", "--out", "mine", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    minutes = pd.read_parquet(tmp_path / "mine" / "tables" / "minutes.parquet")
    environments = minutes["environments"].tolist()
    assert environments[0] < 4
    assert 7 <= environments[4] <= 18
    assert environments[9] == 21
    assert told["instances"]["by_type"] == {"c6i.2xlarge": 7}
    by_reason = minutes[["throttled_attempts_cpu", "throttled_attempts"]].sum()
    assert by_reason["throttled_attempts_cpu"] > 0.9 * by_reason["throttled_attempts"] > 100
    queue = told["functions"]["simulator"]["queue"]
    assert 2200 < queue["peak"] < 2450
    assert queue["batch_size_mean"] == 1.0
    assert told["failed_attempts"] == told["throttle_rate"] == 0
    assert "How long was the queue?" in (tmp_path / "mine" / "report.html").read_text()
