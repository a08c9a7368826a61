"""Who may: every authorization of the world is evaluated here and written down, allowed or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.controlplane.decision_memory import DecisionMemory
from sim.controlplane.organization import Organization
from sim.controlplane.principals import Principals
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel
from sim.iam import (
    CallerKind as IamCallerKind,
)
from sim.iam import (
    Decision,
    Policy,
    PolicySet,
    Result,
    denial_reason,
    encode_authorization_message,
    evaluate,
    nearest_allow,
    parse_caller,
)
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.callers import Caller, CallerKind
from sim.model.journal_entries import AuthorizationDecided

_Context = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A further level of service control policies, as the services see it for a time."""

    policies: tuple[Policy, ...]
    start_us: int
    end_us: int


class Authority:
    """Evaluates IAM for every call, with the policies as they are visible at that instant."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        principals: Principals,
        organization: Organization,
        region: str,
        calendar: Callable[[int], str],
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._principals = principals
        self._organization = organization
        self._guardrails: list[Guardrail] = []
        self._region = region
        self._calendar = calendar
        self._told_us, self._told_time = 0, calendar(0)
        self._memory = DecisionMemory(evaluate)
        self.is_enforced = True
        """Whether what people and programs call is refused where they may not."""

    def authorize(
        self,
        *,
        call: int,
        caller: Caller,
        checks: Sequence[AuthorizationCheck],
        is_guarded: bool = True,
    ) -> Denial | None:
        """None when every check is allowed, else the first denial; later checks are not asked.

        The organization's policies do not guard calls that its management account would make.
        """
        for check in checks:
            denial = self._decide(call, caller, check, resource_policy=None, is_guarded=is_guarded)
            if denial is not None:
                return denial
        return None

    def authorize_on_resource(
        self,
        *,
        call: int,
        caller: Caller,
        check: AuthorizationCheck,
        resource_policy: Policy | None,
    ) -> Denial | None:
        """Whether a caller may, where the resource's own policy, if it has one, may let it.

        Of a role that is to be assumed, that is its trust policy.
        """
        return self._decide(call, caller, check, resource_policy=resource_policy)

    def decide(
        self,
        caller: Caller,
        check: AuthorizationCheck,
        *,
        resource_policy: Policy | None = None,
        is_guarded: bool = True,
    ) -> Decision:
        """What IAM would answer now; nothing is written down, because nobody calls."""
        policies = self._policies(
            caller,
            check.action,
            resource_policy,
            is_guarded=is_guarded,
            now_us=self._kernel.now_us,
        )
        return self._remembered(caller, check, policies)

    def policies_at(self, caller: Caller, action: str, time_us: int) -> PolicySet:
        """Everything that speaks about an action of a caller, as it was seen at an instant."""
        return self._policies(caller, action, None, is_guarded=True, now_us=time_us)

    def would_allow(self, caller: Caller, check: AuthorizationCheck, policies: PolicySet) -> bool:
        """Whether policies of some instant allow; nothing is written down."""
        return self._remembered(caller, check, policies).is_allowed

    def add_guardrail(self, guardrail: Guardrail) -> None:
        """Lever: let another level of service control policies hold for a time."""
        assert guardrail.start_us < guardrail.end_us, "a guardrail holds some time"
        self._guardrails.append(guardrail)

    def _decide(
        self,
        call: int,
        caller: Caller,
        check: AuthorizationCheck,
        *,
        resource_policy: Policy | None,
        is_guarded: bool = True,
    ) -> Denial | None:
        decision = self.decide(
            caller, check, resource_policy=resource_policy, is_guarded=is_guarded
        )
        sentence = "" if decision.is_allowed else _sentence(caller, check, decision)
        self._record(call, caller, check, decision, sentence)
        if decision.is_allowed:
            return None
        reference = decision.decided_by
        return Denial(
            check=check,
            sentence=sentence,
            is_explicit=decision.result is Result.EXPLICITLY_DENIED,
            statement=f"{reference.policy_name}/{reference.name}" if reference else "",
            encoded_message=encode_authorization_message(decision),
        )

    def _remembered(
        self, caller: Caller, check: AuthorizationCheck, policies: PolicySet
    ) -> Decision:
        return self._memory.decide(
            check,
            policies,
            principal=_principal_for_evaluation(caller),
            context={**self._global_context(caller), **check.context},
        )

    def _global_context(self, caller: Caller) -> _Context:
        """The `aws:` keys of every request. Source: IAM user guide, global condition keys."""
        context: _Context = {
            "aws:CurrentTime": (self._current_time(),),
            "aws:RequestedRegion": (self._region,),
            "aws:SecureTransport": ("true",),
        }
        if caller.kind is CallerKind.SERVICE:
            return context | {
                "aws:PrincipalIsAWSService": ("true",),
                "aws:PrincipalServiceName": (caller.name,),
            }
        return context | {
            "aws:PrincipalIsAWSService": ("false",),
            "aws:PrincipalArn": (caller.role_arn or caller.arn,),
            "aws:PrincipalAccount": (caller.account_id,),
            **self._principal_keys(caller),
        }

    def _current_time(self) -> str:
        """Calendar time of the present instant, which many calls have in common."""
        now_us = self._kernel.now_us
        if now_us != self._told_us:
            self._told_us, self._told_time = now_us, self._calendar(now_us)
        return self._told_time

    def _principal_keys(self, caller: Caller) -> _Context:
        """Name and tags of the principal; tags of a session go before those of its role."""
        identity = self._principals.identity_of(caller)
        tags = [*identity.tags.items()] if identity is not None else []
        if caller.limits is not None:
            tags += caller.limits.tags
        # Condition keys have no case, so tags that differ in it only are one.
        keys: _Context = {f"aws:PrincipalTag/{key.lower()}": (value,) for key, value in tags}
        is_user = caller.kind is CallerKind.USER
        return {**keys, "aws:username": (caller.name,)} if is_user else keys

    def _policies(
        self,
        caller: Caller,
        action: str,
        resource_policy: Policy | None,
        *,
        is_guarded: bool,
        now_us: int,
    ) -> PolicySet:
        seen = self._principals.seen(caller, now_us=now_us)
        further = [g.policies for g in self._guardrails if g.start_us <= now_us < g.end_us]
        organization = self._organization
        return PolicySet(
            identity=seen.identity_policies() if seen else (),
            boundary=seen.boundary if seen else None,
            scp=(*organization.service_control(now_us), *further) if is_guarded else (),
            rcp=organization.resource_control(now_us, action) if is_guarded else (),
            session=caller.limits.policies if caller.limits else None,
            resource=resource_policy,
        )

    def _record(
        self,
        call: int,
        caller: Caller,
        check: AuthorizationCheck,
        decision: Decision,
        sentence: str,
    ) -> None:
        reference = decision.decided_by
        layer = decision.blocked_by or (reference.layer if reference else None)
        self._journal.append(
            AuthorizationDecided(
                time_us=self._kernel.now_us,
                call=call,
                principal_arn=caller.arn,
                caller_role=caller.label,
                action=check.action,
                resource=check.resource,
                result=decision.result.value,
                layer=layer.value if layer else "",
                policy=reference.policy_name if reference else "",
                statement=reference.name if reference else "",
                reason=sentence,
                nearest=nearest_allow(decision),
            )
        )


def _principal_for_evaluation(caller: Caller) -> str:
    """A service-linked role is known by its path, which the ARN of its session has lost."""
    if not caller.role_arn:
        return caller.arn
    is_linked = parse_caller(caller.role_arn).kind is IamCallerKind.SERVICE_LINKED_ROLE
    return caller.role_arn if is_linked else caller.arn


def _sentence(caller: Caller, check: AuthorizationCheck, decision: Decision) -> str:
    """AWS's sentence about a denial, which names the session also where its role was evaluated."""
    return (
        f"User: {caller.arn} is not authorized to perform: {check.action} "
        f"on resource: {check.resource} {denial_reason(decision)}"
    )
