"""What an operator role's policies allow beyond the newest version of AWS's managed policy."""

from collections.abc import Mapping, Sequence

from sim.assembly.launch_domain import launch_templates
from sim.facts import catalogue, managed_policy_versions
from sim.iam import Policy, parse_policy
from sim.iam.difference import difference, domain_of


def excess_actions(policies: Sequence[Policy]) -> Mapping[str, str]:
    """By action, the statement that allows it where AWS's policy does not.

    Asked is what Lambda asks at a launch, each with its conditions varied, and what the managed
    policy leaves out on purpose (`launch_templates`).
    """
    managed = managed_policy_versions(catalogue().text("operator_role.managed_policy"))[-1]
    least = parse_policy(managed.document, name=managed.name, arn=managed.arn)
    found: dict[str, str] = {}
    for policy in policies:
        domain = domain_of((policy, least), launch_templates((policy, least)))
        for witness in difference(policy, least, domain):
            reference = witness.first.decided_by
            if witness.first.is_allowed and reference is not None:
                words = f"{reference.layer}: {reference} allows"
                found.setdefault(witness.request.action, words)
    return found
