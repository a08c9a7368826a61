"""Managed policies: AWS's own, which nobody changes, and the account's, whose default counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from sim.facts import ManagedPolicy, managed_policy, managed_policy_names, managed_policy_versions
from sim.iam import Policy, PolicyKind, parse_policy

_SERVICE_ROLE_POLICIES = "arn:aws:iam::aws:policy/aws-service-role/"
"""ARNs under which AWS keeps the policies of service-linked roles. Source: IAM user guide."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a customer managed policy."""

    version_id: str
    policy: Policy
    created_us: int


@dataclass(slots=True, kw_only=True)
class CustomerPolicy:
    """A managed policy of the account."""

    name: str
    path: str
    arn: str
    unique_id: str
    created_us: int
    updated_us: int
    description: str | None
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, PolicyVersion] = field(default_factory=dict)
    """By version identifier, oldest first."""
    default_version_id: str = "v1"
    versions_made: int = 0
    """Numbers of versions are never given again."""

    @property
    def default(self) -> PolicyVersion:
        """The version that counts."""
        return self.versions[self.default_version_id]

    def add_version(self, policy: Policy, *, now_us: int) -> PolicyVersion:
        """Keep another version, which does not count yet."""
        self.versions_made += 1
        version = PolicyVersion(f"v{self.versions_made}", policy, now_us)
        self.versions[version.version_id] = version
        return version


class ManagedPolicies:
    """The account's managed policies, by ARN."""

    def __init__(self) -> None:
        self._customer: dict[str, CustomerPolicy] = {}

    def add(self, policy: CustomerPolicy) -> None:
        """Keep a policy; its ARN must be free."""
        assert policy.arn not in self._customer
        self._customer[policy.arn] = policy

    def remove(self, arn: str) -> None:
        """Forget a policy."""
        del self._customer[arn]

    def customer(self, arn: str) -> CustomerPolicy | None:
        """The account's policy of that ARN."""
        return self._customer.get(arn)

    def customers(self) -> tuple[CustomerPolicy, ...]:
        """All policies of the account, in the order in which they were made."""
        return tuple(self._customer.values())

    def is_name_taken(self, name: str) -> bool:
        """Whether a policy of the account has the name, in any path; capitals do not count."""
        return any(p.name.lower() == name.lower() for p in self._customer.values())

    def default_document(self, arn: str) -> Policy | None:
        """What a policy says to whoever has it; None for one that does not exist."""
        customer = self._customer.get(arn)
        if customer is not None:
            return customer.default.policy
        aws = aws_policy_of_arn(arn)
        return None if aws is None else _parsed(aws.name)


def is_service_role_policy(arn: str) -> bool:
    """Whether only AWS attaches the policy, to a service-linked role."""
    return arn.startswith(_SERVICE_ROLE_POLICIES)


def policy_path(arn: str) -> str:
    """The path in a policy's ARN, with both slashes."""
    return arn[arn.index(":policy/") + len(":policy") : arn.rindex("/") + 1]


def attached_aws_policies(*references: str) -> dict[str, Policy]:
    """Managed policies of AWS as a role or user has them, by ARN.

    `references`: names, `NAME@v4` for another version than the default one.
    """
    return {managed_policy(reference).arn: _parsed(reference) for reference in references}


def aws_policies() -> Iterator[ManagedPolicy]:
    """The default versions of all managed policies of AWS that the facts know."""
    yield from _aws_by_arn().values()


def aws_policy_of_arn(arn: str) -> ManagedPolicy | None:
    """The default version of a managed policy of AWS."""
    return _aws_by_arn().get(arn)


def aws_policy_versions(arn: str) -> tuple[ManagedPolicy, ...]:
    """All versions of a managed policy of AWS that the facts know, oldest first."""
    return managed_policy_versions(_aws_by_arn()[arn].name)


@cache
def _aws_by_arn() -> dict[str, ManagedPolicy]:
    policies = (managed_policy(name) for name in managed_policy_names())
    return {policy.arn: policy for policy in policies}


@cache
def _parsed(reference: str) -> Policy:
    found = managed_policy(reference)
    return parse_policy(found.document, name=found.name, arn=found.arn, kind=PolicyKind.IDENTITY)
