"""Whether the world is as a scenario expects it: each kind of expectation has one judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from sim.assembly.excess import excess_actions
from sim.assembly.needed_calls import preflight
from sim.assembly.past import Past, is_by, silence_words, statement_words
from sim.controlplane.account import Account
from sim.iam import Decision, nearest_allow
from sim.iam.patterns import glob_matches, wildcard_tokens
from sim.model.authorization import AuthorizationCheck
from sim.model.journal_entries import ApiCalled, AuthorizationDecided
from sim.model.states import ManagedInstanceState
from sim.scenario import Scenario
from sim.scenario.expectations import (
    CallsExpected,
    DecisionsExpected,
    ExcessExpected,
    InstancesExpected,
    LinkedRoleExpected,
    OrderExpected,
    PermissionExpected,
    PreflightExpected,
    ProviderExpected,
    VersionExpected,
    WorldExpectation,
)

_ABSENT = "absent"
_RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an expectation is about, what it wants, and what there is."""

    subject: str
    expected: str
    seen: str
    is_met: bool
    call: int = 0
    """Number of the call that shows it; 0 if no single call does."""
    decided_by: str = ""


def judge(
    expectation: WorldExpectation, *, past: Past, account: Account, scenario: Scenario
) -> Verdict:
    """Compare an expectation with the journal and the account as they are now."""
    match expectation:
        case ProviderExpected():
            return _provider(expectation, past)
        case VersionExpected():
            return _version(expectation, past)
        case InstancesExpected():
            return _instances(expectation, past)
        case CallsExpected() | OrderExpected() | DecisionsExpected():
            return _of_calls(expectation, past, scenario)
        case _:
            return _of_permissions(expectation, past, account, scenario)


def _of_calls(
    expectation: CallsExpected | OrderExpected | DecisionsExpected, past: Past, scenario: Scenario
) -> Verdict:
    match expectation:
        case CallsExpected():
            return _calls(expectation, past, scenario)
        case OrderExpected():
            return _order(expectation, past)
        case DecisionsExpected():
            return _decisions(expectation, past)
        case _:
            assert_never(expectation)


def _of_permissions(
    expectation: LinkedRoleExpected | PermissionExpected | PreflightExpected | ExcessExpected,
    past: Past,
    account: Account,
    scenario: Scenario,
) -> Verdict:
    match expectation:
        case LinkedRoleExpected():
            return _linked_role(expectation, past, account)
        case PermissionExpected():
            return _permission(expectation, account)
        case PreflightExpected():
            return _preflight(expectation, scenario)
        case ExcessExpected():
            return _excess(expectation, account)
        case _:
            assert_never(expectation)


def _provider(expectation: ProviderExpected, past: Past) -> Verdict:
    seen = past.provider_state(expectation.name) or _ABSENT
    return Verdict(
        subject=f"capacity provider {expectation.name}",
        expected=expectation.state,
        seen=seen,
        is_met=seen == expectation.state,
    )


def _version(expectation: VersionExpected, past: Past) -> Verdict:
    change = past.version(expectation.function, expectation.version)
    state, code = (change.new_state, change.reason_code) if change else (_ABSENT, "")
    wanted = expectation.state_reason_code
    return Verdict(
        subject=f"version {expectation.version} of function {expectation.function}",
        expected=f"{expectation.state} {wanted or ''}".strip(),
        seen=f"{state} {code}".strip(),
        is_met=state == expectation.state and wanted in (None, code),
    )


def _instances(expectation: InstancesExpected, past: Past) -> Verdict:
    states = past.instance_states(expectation.capacity_provider)
    ended = states.count(ManagedInstanceState.TERMINATED)
    seen = {
        "running": sum(state.ec2_state == _RUNNING for state in states),
        "existing": len(states) - ended,
        "launched": len(states),
        "terminated": ended,
    }
    counts = expectation.counts()
    whose = expectation.capacity_provider
    return Verdict(
        subject=f"managed instances of {whose}" if whose else "managed instances",
        expected=", ".join(f"{count} {name}" for name, count in counts.items()),
        seen=", ".join(f"{seen[name]} {name}" for name in counts),
        is_met=all(seen[name] in count for name, count in counts.items()),
    )


def _calls(expectation: CallsExpected, past: Past, scenario: Scenario) -> Verdict:
    since_us = 0 if expectation.since is None else scenario.preparation + expectation.since
    calls = past.calls(expectation.operation, since_us=since_us)
    found = [call for call in calls if _is_expected_call(expectation, call)]
    outcome = f"failed with {expectation.fails_with}" if expectation.fails_with else "succeeded"
    text = f' with "{expectation.text_contains}"' if expectation.text_contains else ""
    return Verdict(
        subject=f"{expectation.operation}{_whose(expectation.by, expectation.not_by)}",
        expected=f"{expectation.count} {outcome}{text}",
        seen=f"{len(found)} of {len(calls)}{_first_error(calls, found)}",
        is_met=len(found) in expectation.count,
        call=found[0].call if found else 0,
        decided_by=past.deciding(found[0]) if found else "",
    )


def _is_expected_call(expectation: CallsExpected, call: ApiCalled) -> bool:
    text = f"{call.error_message} {call.resource} {call.detail}"
    return (
        call.error_code == (expectation.fails_with or "")
        and is_by(call.caller_arn, expectation.by)
        and (expectation.not_by is None or not is_by(call.caller_arn, expectation.not_by))
        and (expectation.text_contains or "") in text
    )


def _whose(by: str | None, not_by: str | None = None) -> str:
    return (f" by {by}" if by else "") + (f" by others than {not_by}" if not_by else "")


def _first_error(calls: Sequence[ApiCalled], found: Sequence[ApiCalled]) -> str:
    """Of the calls that were not looked for, what the first that failed says."""
    errors = [call for call in calls if call.error_code and call not in found]
    return (
        f"; another failed with {errors[0].error_code}: {errors[0].error_message}" if errors else ""
    )


def _order(expectation: OrderExpected, past: Past) -> Verdict:
    earlier = _successes(past, expectation.first, expectation.first_by)
    later = _successes(past, expectation.then, expectation.then_by)
    alone = [call for call in later if not _is_preceded(call, earlier, expectation)]
    return Verdict(
        subject=f"{expectation.then}{_whose(expectation.then_by)}",
        expected=f"each after {expectation.first}{_whose(expectation.first_by)}",
        seen=f"{len(later)} calls, {len(alone)} of them without it",
        is_met=bool(later) and not alone,
        call=later[0].call if later else 0,
        decided_by=past.deciding(later[0]) if later else "",
    )


def _successes(past: Past, operation: str, by: str | None) -> list[ApiCalled]:
    calls = past.calls(operation)
    return [c for c in calls if not c.error_code and is_by(c.caller_arn, by)]


def _is_preceded(call: ApiCalled, earlier: Sequence[ApiCalled], expectation: OrderExpected) -> bool:
    things = set(call.resource.split()) if expectation.same_things else set()
    return any(
        first.call < call.call and things <= set(f"{first.resource} {first.detail}".split())
        for first in earlier
    )


def _decisions(expectation: DecisionsExpected, past: Past) -> Verdict:
    decisions = list(past.decisions(expectation.action))
    found = [d for d in decisions if _is_expected_decision(expectation, d)]
    by_whom = " by ".join(t for t in (expectation.statement, expectation.layer) if t)
    words = f"{expectation.count} {expectation.result} {f'by {by_whom}' if by_whom else ''}".strip()
    return Verdict(
        subject=f"{expectation.action} on {expectation.resource}{_whose(expectation.by)}",
        expected=words,
        seen=f"{len(found)} of {len(decisions)} decisions",
        is_met=len(found) in expectation.count,
        call=found[0].call if found else 0,
        decided_by=statement_words(found[0]) if found else "",
    )


def _is_expected_decision(expectation: DecisionsExpected, decision: AuthorizationDecided) -> bool:
    is_allowed = decision.result == "Allowed"
    return (
        is_allowed == (expectation.result == "allowed")
        and glob_matches(wildcard_tokens(expectation.resource), decision.resource)
        and is_by(decision.principal_arn, expectation.by)
        and expectation.layer in (None, decision.layer)
        and expectation.statement in (None, decision.statement)
    )


def _linked_role(expectation: LinkedRoleExpected, past: Past, account: Account) -> Verdict:
    exists, created = account.service_linked_role.exists, past.linked_role_creations()
    wanted = expectation.created
    words = {True: "exists", False: _ABSENT}
    often = f", created {wanted} times" if wanted is not None else ""
    return Verdict(
        subject=f"service-linked role {account.service_linked_role.name}",
        expected=f"{words[expectation.exists]}{often}",
        seen=f"{words[exists]}, created {created} times",
        is_met=exists is expectation.exists and (wanted is None or created in wanted),
    )


def _permission(expectation: PermissionExpected, account: Account) -> Verdict:
    caller = account.principals.named_caller(expectation.caller)
    context = {key: (value,) for key, value in expectation.context.items()}
    shown = "".join(f", {key} {value}" for key, value in expectation.context.items())
    subject = f"{expectation.caller}: {expectation.action} on {expectation.resource}{shown}"
    if caller is None:
        return Verdict(subject, expectation.result, "no such caller", is_met=False)
    check = AuthorizationCheck(expectation.action, expectation.resource, context)
    decision = account.authority.decide(caller, check)
    seen = "allowed" if decision.is_allowed else "denied"
    return Verdict(
        subject=subject,
        expected=expectation.result,
        seen=seen,
        is_met=seen == expectation.result,
        decided_by=_decided_by(decision),
    )


def _decided_by(decision: Decision) -> str:
    reference = decision.decided_by
    if reference is None:
        request, layer = decision.request, decision.blocked_by
        return silence_words(
            layer or "", request.action, request.resource, nearest=nearest_allow(decision)
        )
    verb = "allows" if decision.is_allowed else "denies"
    return f"{reference.layer}: {reference} {verb}"


def _preflight(expectation: PreflightExpected, scenario: Scenario) -> Verdict:
    plan = preflight(scenario)
    denied = [
        decision
        for call in plan.calls
        if call.is_needed
        for check in call.checks
        if not (
            decision := plan.authority.decide(call.caller, check, resource_policy=call.trust_policy)
        ).is_allowed
    ]
    missing = sorted({decision.request.action for decision in denied})
    return Verdict(
        subject="permissions that the preflight finds missing",
        expected=_listed(expectation.missing),
        seen=_listed(missing),
        is_met=missing == sorted(expectation.missing),
        decided_by=_decided_by(denied[0]) if denied else "",
    )


def _excess(expectation: ExcessExpected, account: Account) -> Verdict:
    role = account.principals.role(expectation.role)
    policies = role.stored.identity_policies() if role else ()
    found = excess_actions(policies)
    return Verdict(
        subject=f"what {expectation.role} allows beyond AWS's managed policy",
        expected=_listed(expectation.actions),
        seen=_listed(sorted(found)),
        is_met=sorted(found) == sorted(expectation.actions),
        decided_by="; ".join(dict.fromkeys(found.values())),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
