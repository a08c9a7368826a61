"""The organization around the account: its guardrails by level, the account's own attachments last.

Levels above the account are the scenario's and stay. What is attached to the account changes by
calls and is seen after the time that IAM takes to spread a change (assumed).
"""

from dataclasses import dataclass
from enum import StrEnum

from sim.controlplane.history import History
from sim.iam import Policy, PolicyKind, parse_policy

FULL_ACCESS_ID = "p-FullAWSAccess"
RESOURCE_FULL_ACCESS_ID = "p-RCPFullAWSAccess"
_EVERYTHING: dict[str, object] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_VERSION = "2012-10-17"


class PolicyType(StrEnum):
    """Kinds of organization policies that bear on permissions. Source: Organizations API."""

    SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"
    RESOURCE_CONTROL = "RESOURCE_CONTROL_POLICY"


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """A policy of the organization, attached or not."""

    policy_id: str
    arn: str
    name: str
    description: str
    type: PolicyType
    policy: Policy
    is_aws_managed: bool = False


FULL_ACCESS = OrganizationPolicy(
    FULL_ACCESS_ID,
    f"arn:aws:organizations::aws:policy/service_control_policy/{FULL_ACCESS_ID}",
    "FullAWSAccess",
    "Allows access to every operation",
    PolicyType.SERVICE_CONTROL,
    parse_policy(
        {"Version": _VERSION, "Statement": [_EVERYTHING]},
        name="FullAWSAccess",
        kind=PolicyKind.IDENTITY,
    ),
    is_aws_managed=True,
)
"""What every level of service control policies starts with. Source: Organizations user guide."""

RESOURCE_FULL_ACCESS = OrganizationPolicy(
    RESOURCE_FULL_ACCESS_ID,
    f"arn:aws:organizations::aws:policy/resource_control_policy/{RESOURCE_FULL_ACCESS_ID}",
    "RCPFullAWSAccess",
    "Allows access to every resource",
    PolicyType.RESOURCE_CONTROL,
    parse_policy(
        {"Version": _VERSION, "Statement": [{**_EVERYTHING, "Principal": "*"}]},
        name="RCPFullAWSAccess",
        kind=PolicyKind.RESOURCE,
    ),
    is_aws_managed=True,
)
"""Attached everywhere, and by nobody to be detached. Source: Organizations user guide."""

_Attached = tuple[OrganizationPolicy, ...]


class Organization:
    """Policies of the organization, those of the account among them."""

    def __init__(
        self,
        *,
        service_control_policies: tuple[tuple[Policy, ...], ...] = (),
        resource_control_services: tuple[str, ...] = (),
    ) -> None:
        """`service_control_policies`: the scenario's levels, root first, the account's last."""
        self._resource_control_services = frozenset(resource_control_services)
        self._above = service_control_policies[:-1]
        self.policies: dict[str, OrganizationPolicy] = {
            p.policy_id: p for p in (FULL_ACCESS, RESOURCE_FULL_ACCESS)
        }
        own = service_control_policies[-1] if service_control_policies else ()
        named = tuple(self._of_scenario(policy, n) for n, policy in enumerate(own, start=1))
        first: dict[PolicyType, _Attached] = {
            PolicyType.SERVICE_CONTROL: named or (FULL_ACCESS,),
            PolicyType.RESOURCE_CONTROL: (RESOURCE_FULL_ACCESS,),
        }
        self._attached = History(first)

    def _of_scenario(self, policy: Policy, number: int) -> OrganizationPolicy:
        """A policy that was attached before the world began, under an identifier of its own."""
        if policy == FULL_ACCESS.policy:
            return FULL_ACCESS
        identifier = f"p-scenario{number:04d}"
        known = OrganizationPolicy(
            identifier,
            f"arn:aws:organizations::aws:policy/service_control_policy/{identifier}",
            policy.name,
            "",
            PolicyType.SERVICE_CONTROL,
            policy,
        )
        self.policies[identifier] = known
        return known

    def attached(self, policy_type: PolicyType) -> _Attached:
        """What is stored as attached to the account, spread or not."""
        return self._attached.stored[policy_type]

    def put(self, policy_type: PolicyType, attached: _Attached, *, visible_us: int) -> None:
        """Replace what is attached to the account."""
        after = {**self._attached.stored, policy_type: attached}
        self._attached.put(after, visible_us=visible_us)

    def service_control(self, now_us: int) -> tuple[tuple[Policy, ...], ...]:
        """Levels as seen now, root first; one that only lets everything pass is left out."""
        own = self._attached.at(now_us)[PolicyType.SERVICE_CONTROL]
        if own == (FULL_ACCESS,):
            return self._above
        return (*self._above, tuple(p.policy for p in own))

    def resource_control(self, now_us: int, action: str) -> tuple[tuple[Policy, ...], ...]:
        """The account's level as seen now; none where only AWS's own policy is attached.

        Resource control policies bear on actions of the services that support them only.
        """
        own = self._attached.at(now_us)[PolicyType.RESOURCE_CONTROL]
        denying = tuple(p.policy for p in own if not p.is_aws_managed)
        is_supported = action.partition(":")[0].lower() in self._resource_control_services
        return (denying,) if denying and is_supported else ()
