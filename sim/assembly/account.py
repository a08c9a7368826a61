"""From a scenario to the principals of its account, their guardrails, and its images."""

from sim.controlplane.identities import Attachments
from sim.controlplane.managed_policies import attached_aws_policies
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.facts import Catalogue
from sim.iam import Policy, PolicyKind, parse_policy
from sim.model.machine_image import MachineImage
from sim.scenario import Scenario
from sim.scenario.account import InlinePolicy, Role, User


def account_principals(scenario: Scenario, facts: Catalogue) -> Principals:
    """Users and roles of the account, as IAM has them before the world starts."""
    principals = Principals(
        scenario.account.id, propagation_us=facts.duration_us("iam.propagation")
    )
    operator_roles = {provider.operator_role for provider in scenario.capacity_providers}
    for user in scenario.account.users:
        principals.add_user(user.name, _attachments(user, trust=None))
    for role in scenario.account.roles:
        trust = parse_policy(role.trust_document(), name="trust policy", kind=PolicyKind.TRUST)
        label = "operator role" if role.name in operator_roles else role.name
        principals.add_role(role.name, _attachments(role, trust=trust), label=label)
    return principals


def account_images(scenario: Scenario) -> tuple[MachineImage, ...]:
    """The images of the account, which nobody else may use."""
    return tuple(
        MachineImage(
            image.id,
            image.name or image.id,
            image.architecture.value,
            owner=scenario.account.id,
            is_public=False,
        )
        for image in scenario.account.images
    )


def account_organization(scenario: Scenario, facts: Catalogue) -> Organization:
    """The guardrails of the account, level by level."""
    levels = scenario.account.service_control_policies
    return Organization(
        service_control_policies=tuple(
            tuple(_parsed(policy) for policy in level) for level in levels
        ),
        resource_control_services=facts.texts("organizations.resource_control_services"),
    )


def _parsed(policy: InlinePolicy) -> Policy:
    return parse_policy(policy.document, name=policy.name, kind=PolicyKind.IDENTITY)


def _attachments(principal: User | Role, *, trust: Policy | None) -> Attachments:
    return Attachments(
        managed=attached_aws_policies(*principal.managed_policies),
        inline={p.name: _parsed(p) for p in principal.inline_policies},
        trust=trust,
    )
