"""What AWS's managed policy lets the operator role look at, read off its document."""

from collections.abc import Mapping

from sim.facts import ManagedPolicy, catalogue, managed_policy, managed_policy_versions

_PREFIX = "ec2:Describe"


def least_describes() -> tuple[str, ...]:
    """The Describe actions that the operator role has at minimum (the default version)."""
    return _describes(managed_policy(catalogue().text("operator_role.managed_policy")))


def all_describes() -> tuple[str, ...]:
    """The Describe actions that any published version of the policy grants."""
    name = catalogue().text("operator_role.managed_policy")
    every = (action for version in managed_policy_versions(name) for action in _describes(version))
    return tuple(dict.fromkeys(every))


def _describes(policy: ManagedPolicy) -> tuple[str, ...]:
    statements = policy.document["Statement"]
    assert isinstance(statements, list)
    actions = (action for statement in statements for action in _actions(statement))
    return tuple(action for action in actions if action.startswith(_PREFIX))


def _actions(statement: object) -> list[str]:
    assert isinstance(statement, Mapping), "AWS's document is well formed"
    written = statement["Action"]
    return [written] if isinstance(written, str) else list(written)
