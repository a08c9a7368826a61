"""What every fact in the data files must keep, and that the files agree with each other."""

import json

import pytest

from sim.facts import (
    Status,
    Unit,
    catalogue,
    managed_policy,
    managed_policy_names,
    managed_policy_versions,
    trust_policy_for_lambda,
)
from sim.facts.fact import parse_value

FACTS = [catalogue().fact(name) for name in catalogue().names()]
each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)

ENGINE_RELIES_ON = {
    "capacity_provider.max_vcpu_count_default": "400",
    "capacity_provider.max_vcpu_count_min": "2",
    "capacity_provider.max_vcpu_count_max": "15000",
    "capacity_provider.subnets_max": "16",
    "capacity_provider.security_groups_max": "5",
    "capacity_provider.name_length_max": "64",
    "capacity_provider.instance_types_max": "400",
    "capacity_provider.count_max": "1000",
    "capacity_provider.function_versions_max": "100",
    "capacity_provider.activation": "5s",
    "execution_environment.memory_min": "2 GiB",
    "execution_environment.memory_max": "32 GiB",
    "execution_environment.memory_gib_per_vcpu_default": "2.0",
    "execution_environment.memory_gib_per_vcpu_choices": "2,4,8",
    "execution_environment.concurrency_max": "1600",
    "execution_environment.concurrency_per_vcpu_max": "64",
    "execution_environment.concurrency_per_vcpu_default.nodejs": "64",
    "execution_environment.concurrency_per_vcpu_default.java": "32",
    "execution_environment.concurrency_per_vcpu_default.dotnet": "32",
    "execution_environment.concurrency_per_vcpu_default.python": "16",
    "execution_environment.concurrency_per_vcpu_default.rust": "8",
    "execution_environment.count_min_default": "3",
    "execution_environment.count_max": "15000",
    "execution_environment.fetch": "1s",
    "execution_environment.container_start_p50": "1s",
    "execution_environment.container_start_p95": "3s",
    "execution_environment.drain_max": "15m",
    "function.timeout_default": "3s",
    "function.timeout_max": "15m",
    "managed_instance.initial_count": "3",
    "managed_instance.overhead_vcpu": "1",
    "managed_instance.overhead_memory": "1 GiB",
    "managed_instance.lifetime": "14d",
    "managed_instance.lifetime_jitter_fraction": "10%",
    "managed_instance.operator": "scaler.lambda.amazonaws.com",
    "managed_instance.capacity_provider_tag": "aws:lambda:capacity-provider",
    "pricing.management_fee_fraction": "15%",
    "pricing.request_usd_per_million": "0.2",
    "pricing.lambda_usd_per_gb_second.x86_64": "1.66667e-05",
    "pricing.lambda_usd_per_gb_second.arm64": "1.33334e-05",
    "pricing.lambda_request_usd_per_million": "0.2",
    "pricing.instance_minimum_billed": "1m",
    "lambda_agent.report_period": "10s",
    "scaler.tick_period": "15s",
    "scaler.metric_window": "1m",
    "scaler.target_cpu_fraction": "50%",
    "scaler.target_concurrency_fraction": "66.7%",
    "scaler.scale_out_step_max": "2.0",
    "scaler.scale_out_period": "1m",
    "scaler.scale_in_threshold_fraction": "75%",
    "scaler.scale_in_sustain": "5m",
    "scaler.scale_in_step_fraction": "10%",
    "scaler.scale_in_period": "5m",
    "scaler.empty_instance_grace": "2m",
    "admission.cpu_refuse_fraction": "85%",
    "admission.memory_refuse_fraction": "90%",
    "admission.disk_refuse_fraction": "95%",
    "admission.cpu_time_constant": "1s",
    "router.attempts_max": "16",
    "router.attempt_latency": "1ms",
    "launch.api_latency": "2s",
    "launch.pending_p50": "8s",
    "launch.pending_p95": "15s",
    "launch.boot_p50": "25s",
    "launch.boot_p95": "50s",
    "launch.lambda_agent_registration": "5s",
    "launch.first_publish_extra": "1m",
    "launch.retry_initial": "1s",
    "launch.retry_max": "1m",
    "launch.publish_deadline": "15m",
    "termination.shutdown": "40s",
    "iam.propagation": "10s",
    "sts.session_duration": "1h",
    "service_linked_role.deletion_task": "3s",
    "vpc.subnet_reserved_addresses": "5",
    "placement.newest_generations": "2",
    "placement.sizes": "xlarge,2xlarge,4xlarge",
    "comparison.on_demand_memory": "1769 MiB",
}


@pytest.mark.parametrize(("name", "shown"), ENGINE_RELIES_ON.items())
def test_fact_that_the_engine_relies_on_has_its_value(name, shown):
    """Facts that code asks for by name exist, with the value that was agreed."""
    assert catalogue().fact(name).shown == shown


@each_fact
def test_fact_has_its_parents(fact):
    """Every fact says where it is from, when, what it means, and how well it is known."""
    assert len(fact.source) >= 5
    assert len(fact.description) >= 5
    assert 2015 <= fact.date.year <= 2026
    assert fact.status in Status
    assert not fact.is_overridden


@each_fact
def test_assumption_is_an_interval_with_a_reason(fact):
    """An assumed fact has two ends that differ, holds its own value, and says why."""
    if fact.status is not Status.ASSUMED:
        assert fact.reason == ""
        return
    assert len(fact.reason) >= 20
    assert fact.low != fact.high
    if not isinstance(fact.value, str):
        assert fact.low <= fact.value <= fact.high


@each_fact
def test_both_ends_of_an_interval_can_be_tried(fact):
    """A study that sets a fact to either end is not refused by the fact's own bounds."""
    for end in (fact.low, fact.high):
        if end is not None and not isinstance(end, str):
            assert fact.minimum is None or end >= fact.minimum
            assert fact.maximum is None or end <= fact.maximum


@each_fact
def test_override_with_what_is_shown_changes_nothing(fact):
    """What a report prints for an assumption can be pasted into a scenario."""
    if fact.status is Status.DOCUMENTED:
        return
    written = fact.value if fact.unit in (Unit.COUNT, Unit.VCPU, Unit.RATIO) else fact.shown
    changed = catalogue().with_overrides({fact.name: written})
    assert changed.fact(fact.name).value == fact.value == parse_value(written, fact.unit)


def test_names_are_sorted_and_spelt_alike():
    """Names are dotted, lower case, and listed in order."""
    names = catalogue().names()
    assert list(names) == sorted(names)
    assert all("." in name and name == name.lower().replace(" ", "") for name in names)


def test_policies_name_the_operator_and_the_image_owner_of_the_facts():
    """Conditions of the published policies have exactly the names that the facts have."""
    facts = catalogue()
    operator = {"ec2:ManagedResourceOperator": facts.text("managed_instance.operator")}
    owner = {"ec2:Owner": facts.text("managed_instance.image_owner")}
    policies = managed_policy_versions(facts.text("operator_role.managed_policy"))
    for policy in policies:
        conditions = [s["Condition"]["StringEquals"] for s in policy.document["Statement"][:4:3]]
        assert conditions == [operator, owner]
    role_policy = managed_policy(facts.text("service_linked_role.managed_policy"))
    assert role_policy.document["Statement"][0]["Condition"]["StringEquals"] == operator


def test_trust_policy_names_the_service_principal_of_the_facts():
    """The role's trust policy lets exactly the principal of the facts assume it."""
    (statement,) = trust_policy_for_lambda()["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": catalogue().text("lambda.service_principal")},
        "Action": "sts:AssumeRole",
    }


@pytest.mark.parametrize("name", managed_policy_names())
def test_policy_documents_are_whole(name):
    """Every version is a 2012-10-17 document of statements, small enough for IAM."""
    for policy in managed_policy_versions(name):
        assert set(policy.document) == {"Version", "Statement"}
        assert policy.document["Version"] == "2012-10-17"
        assert all({"Effect", "Action", "Resource"} <= set(s) for s in policy.document["Statement"])
        assert len(json.dumps(policy.document, separators=(",", ":"))) <= 6144
