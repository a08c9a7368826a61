"""Will it be allowed? Every call that a scenario needs, judged before anything runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.assembly import NeededCall, Preflight, preflight
from sim.iam import Decision
from sim.iam.repair import repairs
from sim.model.authorization import AuthorizationCheck
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class PreflightCheck:
    """One question to IAM with its answer; like ones are folded into one."""

    purpose: str
    caller: str
    action: str
    resource: str
    decision: str
    """`Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`."""
    decided_by: str
    """The statement or the layer that decided."""
    fix: str
    """The smallest change after which it would be allowed; empty when it is."""
    is_needed: bool
    """Whether something fails without it."""
    details: tuple[str, ...]
    """What the folded questions differ in, such as instance types."""

    @property
    def is_blocking(self) -> bool:
        """Whether this stops the scenario from working."""
        return self.is_needed and self.decision != "Allowed"


def check_permissions(scenario: Scenario) -> tuple[PreflightCheck, ...]:
    """Judge every call of the scenario's life, in the order in which it happens."""
    plan = preflight(scenario)
    folded: dict[tuple[object, ...], PreflightCheck] = {}
    for check in _checks(plan):
        key = (check.purpose, check.action, check.resource, check.decision, check.decided_by)
        known = folded.get(key)
        if known is None:
            folded[key] = check
        else:
            details = dict.fromkeys((*known.details, *check.details))
            folded[key] = replace(known, details=tuple(details))
    return tuple(folded.values())


def _checks(plan: Preflight) -> Iterator[PreflightCheck]:
    for call in plan.calls:
        for check in call.checks:
            decision = plan.authority.decide(call.caller, check, resource_policy=call.trust_policy)
            yield _judged(call, check, decision)


def _judged(call: NeededCall, check: AuthorizationCheck, decision: Decision) -> PreflightCheck:
    changes = repairs(decision.request, decision.policies)
    return PreflightCheck(
        purpose=call.purpose,
        caller=call.caller.label,
        action=check.action,
        resource=check.resource,
        decision=decision.result.value,
        decided_by=_decided_by(decision),
        fix="; then ".join(change.text for change in changes),
        is_needed=call.is_needed,
        details=(call.detail,) if call.detail else (),
    )


def _decided_by(decision: Decision) -> str:
    reference = decision.decided_by
    if reference is not None:
        return str(reference)
    return f"no {decision.blocked_by} allows it" if decision.blocked_by else ""
