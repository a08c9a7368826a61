"""Claims about what goes wrong with roles and guardrails, and that it goes by."""

import pytest

from sim.controlplane.authority import Authority
from sim.controlplane.identities import Attachments
from sim.controlplane.identity_troubles import IdentityTroubles
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel
from sim.engine.troubles import TroubleSpan
from sim.iam import PolicyKind, parse_policy
from sim.model.authorization import AuthorizationCheck
from sim.units import MINUTE_US, SECOND_US

ACCOUNT, ROLE, LOOK = "123456789012", "OperatorRole", "ec2:DescribeSubnets"
SPAN = TroubleSpan(MINUTE_US, 2 * MINUTE_US)
SPREAD_US = 10 * SECOND_US


def a_policy(**statement):
    """An identity policy of one statement."""
    document = {"Version": "2012-10-17", "Statement": {"Resource": "*", **statement}}
    return parse_policy(document, name="Own", kind=PolicyKind.IDENTITY)


class Account:
    """One role that may describe and launch, a clock, and who decides."""

    def __init__(self):
        self.kernel = Kernel()
        self.principals = Principals(ACCOUNT, propagation_us=SPREAD_US)
        self.role = self.principals.add_role(ROLE, self._attachments())
        self.authority = Authority(
            kernel=self.kernel,
            journal=Journal(),
            principals=self.principals,
            organization=Organization(),
            region="us-east-1",
            calendar=lambda _now_us: "2026-01-01T00:00:00Z",
        )
        self.troubles = IdentityTroubles(self.principals, self.authority)

    def _attachments(self):
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
        document = {"Version": "2012-10-17", "Statement": statement}
        trust = parse_policy(document, name="trust policy", kind=PolicyKind.TRUST)
        own = a_policy(Effect="Allow", Action=["ec2:Describe*", "ec2:RunInstances"])
        return Attachments(inline={"Own": own}, trust=trust)

    def may(self, action, time_us):
        """Whether a session of the role may do something at an instant."""
        self.kernel.move_to(time_us)
        session = self.principals.session(self.role, "s", expires_us=time_us + 1)
        return self.authority.decide(session, AuthorizationCheck(action, "*", {})).is_allowed


@pytest.mark.parametrize(
    "trouble",
    [
        lambda troubles: troubles.take_action(ROLE, LOOK, SPAN),
        lambda troubles: troubles.delete_role(ROLE, SPAN),
        lambda troubles: troubles.add_guardrail("Deny", ("ec2:Describe*",), SPAN),
    ],
    ids=["action lost", "role deleted", "guardrail added"],
)
def test_trouble_spreads_and_heals(trouble):
    """A permission is there until IAM has spread its loss, and again once its return is spread."""
    account = Account()
    trouble(account.troubles)
    instants = (SPAN.start_us, SPAN.start_us + SPREAD_US, SPAN.end_us, SPAN.end_us + SPREAD_US)
    assert [account.may(LOOK, at_us) for at_us in instants] == [True, False, False, True]


def test_broken_trust_names_another_service():
    """While trust is broken STS sees the other policy, and then the stored one again."""
    account = Account()
    stored = account.principals.trust_policy(account.role, now_us=0)
    account.troubles.break_trust(ROLE, "ec2.amazonaws.com", SPAN)
    broken = account.principals.trust_policy(account.role, now_us=SPAN.start_us + SPREAD_US)
    assert "ec2.amazonaws.com" in str(broken.document)
    healed = account.principals.trust_policy(account.role, now_us=SPAN.end_us + SPREAD_US)
    assert healed == stored


def test_roles_are_unseen_when_propagation_is_slow_from_the_beginning():
    """Then a role itself is such a change: STS sees it once the delay is over."""
    account = Account()
    account.troubles.slow_propagation(MINUTE_US, TroubleSpan(0, 2 * MINUTE_US))
    seen = [
        account.principals.trust_policy(account.role, now_us=now_us) is not None
        for now_us in (0, MINUTE_US - 1, MINUTE_US)
    ]
    assert seen == [False, False, True]
    assert account.principals.propagation_us(MINUTE_US) == MINUTE_US
    assert account.principals.propagation_us(2 * MINUTE_US) == SPREAD_US


def test_an_entry_with_a_wildcard_goes_as_a_whole():
    """A lost action takes the `ec2:Describe*` that grants it along, and leaves other entries."""
    account = Account()
    account.troubles.take_action(ROLE, LOOK, TroubleSpan(0, MINUTE_US))
    assert not account.may("ec2:DescribeInstances", SECOND_US)
    assert account.may("ec2:RunInstances", SECOND_US)


def test_a_policy_that_grants_nothing_else_grants_nothing():
    """When every entry is gone the role is left without a permission, not without a decision."""
    account = Account()
    for action in (LOOK, "ec2:RunInstances"):
        account.troubles.take_action(ROLE, action, TroubleSpan(0, MINUTE_US))
    assert not account.may("ec2:RunInstances", SECOND_US)
