"""Defaults that depend on other parts of a scenario are written into it once it is valid."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from sim.facts import Catalogue, managed_policy
from sim.scenario.account import Account, Role, User
from sim.scenario.capacity_provider import CapacityProvider
from sim.scenario.document import Path
from sim.scenario.function import Function
from sim.scenario.function_limits import default_concurrency
from sim.scenario.models import Scenario
from sim.workload.counts import Counts

_ADMINISTRATOR = "administrator"
_DEVELOPER = "developer"
_Principal = TypeVar("_Principal", User, Role)


def resolve(scenario: Scenario, counts: Mapping[Path, Counts], facts: Catalogue) -> Scenario:
    """Write out who creates and deploys, concurrency, policy versions, ages and traces.

    `counts` are the traces that were read, by the path of their workload.
    """
    users = [user.name for user in scenario.account.users]
    creator = _ADMINISTRATOR if _ADMINISTRATOR in users else users[0]
    deployer = _DEVELOPER if _DEVELOPER in users else creator
    workloads = [
        workload.with_counts(counts["workloads", index])
        if ("workloads", index) in counts
        else workload
        for index, workload in enumerate(scenario.workloads)
    ]
    update = {
        "account": _account(scenario.account),
        "capacity_providers": _providers(scenario.capacity_providers, creator),
        "functions": _functions(scenario.functions, deployer, facts),
        "workloads": tuple(workload.with_event_defaults(facts) for workload in workloads),
    }
    return scenario.model_copy(update=update)


def _account(account: Account) -> Account:
    users = tuple(_pinned(user) for user in account.users)
    roles = tuple(_pinned(role) for role in account.roles)
    return account.model_copy(update={"users": users, "roles": roles})


def _pinned(principal: _Principal) -> _Principal:
    policies = tuple(_with_version(name) for name in principal.managed_policies)
    return principal.model_copy(update={"managed_policies": policies})


def _with_version(reference: str) -> str:
    policy = managed_policy(reference)
    return f"{policy.name}@{policy.version}"


def _providers(providers: Sequence[CapacityProvider], creator: str) -> tuple[CapacityProvider, ...]:
    return tuple(
        provider.model_copy(update={"created_by": provider.created_by or creator})
        for provider in providers
    )


def _functions(
    functions: Sequence[Function], deployer: str, facts: Catalogue
) -> tuple[Function, ...]:
    return tuple(_function(function, deployer, facts) for function in functions)


def _function(function: Function, deployer: str, facts: Catalogue) -> Function:
    concurrency = function.per_execution_environment_max_concurrency
    if concurrency is None:
        concurrency = default_concurrency(function, facts)
    assert concurrency is not None, "the runtime was validated"
    update = {
        "per_execution_environment_max_concurrency": concurrency,
        "deployed_by": function.deployed_by or deployer,
    }
    return function.model_copy(update=update)
