"""Claims about what hangs together: names, limits of AWS, policies, traces."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import Problem

Problems = Callable[..., tuple[Problem, ...]]
SAME = ("seed: 1998", "seed: 1998")
PROVIDER = "capacity_providers.web"
DOCUMENT = "account.users.developer.inline_policies.0.document"


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ("workloads.0.function=other", "unknown-function"),
        ("functions.site.capacity_provider=wbe", "unknown-capacity-provider"),
        ("functions.site.execution_role=R", "unknown-role"),
        ("functions.site.deployed_by=nobody", "unknown-user"),
        (f"{PROVIDER}.created_by=nobody", "unknown-user"),
        (f"{PROVIDER}.security_groups=[sg-x]", "unknown-security-group"),
        (f"{PROVIDER}.subnets=[subnet-x]", "unknown-subnet"),
        ("script.0.caller=nobody", "unknown-user"),
        ("faults=[{kind: subnet_deleted, subnets: [subnet-x]}]", "unknown-subnet"),
        ("faults=[{kind: security_group_deleted, security_groups: [x]}]", "unknown-security-group"),
        ("faults=[{kind: role_deleted, roles: [Nobody]}]", "unknown-role"),
        ("faults=[{kind: init_failure, functions: [other]}]", "unknown-function"),
        ("faults=[{kind: az_outage, availability_zones: [us-east-1f]}]", "unknown-zone"),
        ("faults=[{kind: az_outge}]", "unknown-kind"),
        ("faults=[{kind: describe_lag, lagg: 1s, lag: 1s}]", "unknown-key"),
        ("faults=[{kind: vcpu_quota}]", "missing-key"),
        ("faults=[{kind: api_throttling, duration: 0s}]", "out-of-range"),
        (f"{PROVIDER}.subnets=[subnet-a, subnet-a]", "duplicate-name"),
        ("account.users.1.name=administrator", "duplicate-name"),
        ("account.images=[{id: ami-own}, {id: ami-own}]", "duplicate-name"),
        ("account.images=[{id: ami-00000000000000001}]", "bad-value"),
        ("network.subnets.1.id=subnet-a", "duplicate-name"),
        ("network.subnets.1.cidr=10.0.0.128/25", "overlapping-subnets"),
        ("network.subnets.1.cidr=10.0.9.0/30", "out-of-range"),
        ("network.subnets.1.cidr=10.0.9.0/29", "out-of-range"),
        ("functions.site.memory_per_invocation=4GiB", "out-of-range"),
        ("network.subnets.1.availability_zone=us-west-2a", "wrong-zone"),
        ("script.0.at=1h", "after-the-end"),
        ("preparation=90s", "out-of-range"),
        ("duration=0s", "out-of-range"),
        (f"{PROVIDER}.subnets=[]", "out-of-range"),
        (f"{PROVIDER}.name={'x' * 65}", "out-of-range"),
        (f"{PROVIDER}.scaling.max_vcpu_count=1", "out-of-range"),
        (f"{PROVIDER}.scaling.max_vcpu_count=15001", "out-of-range"),
        (f"{PROVIDER}.scaling={{mode: manual}}", "missing-key"),
        (f"{PROVIDER}.scaling.target_cpu=50%", "contradiction"),
        (f"{PROVIDER}.instance_requirements.excluded_instance_types=[c8g.*]", "contradiction"),
        (
            f"{PROVIDER}.instance_requirements.allowed_instance_types=[m5.*]",
            "unknown-instance-type",
        ),
        (
            f"{PROVIDER}.instance_requirements.allowed_instance_types=[t4g.*]",
            "unknown-instance-type",
        ),
        (f"{PROVIDER}.instance_requirements={{excluded_instance_types: ['*']}}", "out-of-range"),
        ("functions.site.runtime=ruby3.3", "unknown-runtime"),
        ("functions.site.memory=1 GiB", "out-of-range"),
        ("functions.site.memory=33 GiB", "out-of-range"),
        ("functions.site.memory=6 GiB", "not-whole-vcpus"),
        ("functions.site.memory_gib_per_vcpu=3", "out-of-range"),
        ("functions.site.per_execution_environment_max_concurrency=65", "out-of-range"),
        ("functions.site.timeout=901s", "out-of-range"),
        ("functions.site.timeout=0s", "out-of-range"),
        ("functions.site.max_execution_environments=2", "contradiction"),
        ("functions.site.min_execution_environments=0", "contradiction"),
        ("functions.site.min_execution_environments=15001", "out-of-range"),
        ("functions.site.memory_base=4 GiB", "out-of-range"),
        ("functions.site.disk=1 MiB", "out-of-range"),
        ("account.roles.0.managed_policies=[AWSLambda]", "unknown-managed-policy"),
        ("account.roles.0.managed_policies=[AdministratorAccess@v9]", "unknown-managed-policy"),
        (f"{DOCUMENT}={{Statement: []}}", "bad-policy"),
        ("account.roles.0.trust_policy={Statement: [{Effect: Allow, Action: a:B}]}", "bad-policy"),
        ("account.service_control_policies=[[{name: a, document: {}}]]", "bad-policy"),
        ("assumptions.scaler.tick_perod=15s", "bad-assumption"),
        ("assumptions.scaler.tick_period=15", "bad-assumption"),
        ("assumptions.capacity_provider.max_vcpu_count_max=99999", "bad-assumption"),
        ("workloads.0.trace_sha256='" + "0" * 64 + "'", "trace-changed"),
        ("workloads.0.arrivals.file=traces", "missing-trace"),
        ("workloads.0.arrivals.file=.", "missing-trace"),
        ('workloads.0.arrivals.file="a\\0b"', "missing-trace"),
        ("workloads.0.arrivals.file=traces/../../x.csv", "trace-outside-folder"),
        ("workloads.0.arrivals.file=/etc/hosts", "bad-text"),
    ],
)
def test_one_mistake_is_one_problem_where_it_was_made(
    problems: Problems, override: str, code: str
) -> None:
    """Each broken rule gives exactly one problem, in the argument that broke it, with advice."""
    found = [p for p in problems(*SAME, override) if p.file == "argument 1"]

    assert [problem.code for problem in found] == [code]


def test_a_broken_item_does_not_hide_mistakes_elsewhere(problems: Problems) -> None:
    """With a misspelt key in the function, an unknown subnet of the provider is still told."""
    found = problems("memory: 4 GiB", "memroy: 4 GiB", f"{PROVIDER}.subnets=[subnet-x]")

    assert {problem.code for problem in found} == {"unknown-key", "unknown-subnet"}


def test_a_broken_section_does_not_make_its_names_unknown(problems: Problems) -> None:
    """When `account` is no mapping, roles and users that others name are not reported."""
    assert [problem.code for problem in problems(*SAME, "account=[]")] == ["wrong-type"]


def test_a_policy_mistake_is_pointed_at_inside_the_document(problems: Problems) -> None:
    """An unknown element is pointed at by its key, a bad value by itself."""
    (element,) = problems("Effect: Allow, Action", "Effect: Allow, Acton")
    (value,) = problems("Effect: Allow, Action", "Effect: Alow, Action")

    assert element.source_line[element.column - 1 :].startswith("Acton")
    assert value.source_line[value.column - 1 :].startswith("Alow")


def test_a_trace_behind_a_link_out_of_the_folder_is_refused(
    problems: Problems, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A symbolic link does not lead a trace out of the scenario's folder, nor does a circle."""
    outside = tmp_path_factory.mktemp("outside") / "x.csv"
    outside.write_text("period,count\n1998-06-10 00:00:00,1\n", encoding="utf-8")
    (folder / "traces" / "link.csv").symlink_to(outside)
    (folder / "traces" / "circle.csv").symlink_to("circle.csv")

    (problem,) = problems("three-minutes.csv", "link.csv")
    assert problem.code == "trace-outside-folder"
    (problem,) = problems("three-minutes.csv", "circle.csv")
    assert problem.code == "missing-trace"


def test_a_wrong_kind_is_met_with_the_kinds_there_are(problems: Problems) -> None:
    """An unknown or missing kind lists all kinds of that place."""
    (unknown,) = problems("kind: exponential", "kind: exponental")
    (missing,) = problems("kind: exponential, ", "")

    assert "did you mean `exponential`?" in unknown.help
    assert "`lognormal`" in missing.help
    assert missing.source_line[missing.column - 1 :].startswith("cpu:")


def test_union_tags_do_not_show_in_paths(problems: Problems) -> None:
    """The path of a value inside a kind is the path in the file, also for the kind `stages`."""
    arrivals = "{kind: stages, start: 1/s, stages: [{target: 5, duration: 5m}]}"
    (problem,) = problems(*SAME, f"workloads.site.arrivals={arrivals}")

    assert problem.path == "workloads.0.arrivals.stages.0.target"
    assert problem.source_line[problem.column - 1 :].startswith("5, duration")
