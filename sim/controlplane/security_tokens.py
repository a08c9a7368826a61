"""STS: a session exists only after the role's trust policy, as visible now, allowed the caller to assume it."""

from sim.controlplane.authority import Authority
from sim.controlplane.principals import Principals
from sim.engine.journal import Journal
from sim.engine.kernel import Kernel
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck, Denial
from sim.model.callers import Caller, service_caller
from sim.model.identifiers import IdentifierSequence
from sim.model.journal_entries import ApiCalled

LAMBDA_SERVICE = "lambda.amazonaws.com"
"""The service principal under which Lambda assumes roles. Source: Lambda developer guide, operator role."""


class SecurityTokens:
    """AssumeRole as Lambda uses it."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        identifiers: IdentifierSequence,
        principals: Principals,
        authority: Authority,
        session_duration_us: int,
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._identifiers = identifiers
        self._principals = principals
        self._authority = authority
        self._session_duration_us = session_duration_us

    def assume_role(self, *, role_arn: str, session_name: str, source_arn: str) -> Caller | ApiError:
        """A session of the role for Lambda, or `AccessDenied`.

        The call carries `aws:SourceArn` and `aws:SourceAccount` of the capacity provider, so that trust
        policies that guard against the confused deputy can be tested (assumed: AWS documents neither).
        """
        call = self._identifiers.api_call()
        caller = service_caller(LAMBDA_SERVICE, self._principals.account_id)
        check = AuthorizationCheck(
            "sts:AssumeRole",
            role_arn,
            {
                "aws:SourceArn": (source_arn,),
                "aws:SourceAccount": (self._principals.account_id,),
                "sts:RoleSessionName": (session_name,),
            },
        )
        answer = self._answer(call, caller, check, session_name)
        self._record(call, caller, role_arn, answer)
        return answer

    def _answer(
        self, call: int, caller: Caller, check: AuthorizationCheck, session_name: str
    ) -> Caller | ApiError:
        role = self._principals.role_of_arn(check.resource)
        now_us = self._kernel.now_us
        trust_policy = self._principals.trust_policy(role, now_us=now_us) if role else None
        if role is None or trust_policy is None:
            return ApiError("AccessDenied", f"{caller.name} is not authorized to assume {check.resource}")
        denial = self._authority.authorize_assume_role(
            call=call, caller=caller, check=check, trust_policy=trust_policy
        )
        if isinstance(denial, Denial):
            return ApiError("AccessDenied", denial.sentence)
        expires_us = now_us + self._session_duration_us
        return self._principals.session(role, session_name, expires_us=expires_us)

    def _record(self, call: int, caller: Caller, role_arn: str, answer: Caller | ApiError) -> None:
        error = answer if isinstance(answer, ApiError) else None
        self._journal.append(
            ApiCalled(
                time_us=self._kernel.now_us,
                call=call,
                operation="sts:AssumeRole",
                caller_arn=caller.arn,
                caller_role=caller.label,
                resource=role_arn,
                error_code=error.code if error else "",
                error_message=error.message if error else "",
                detail="" if isinstance(answer, ApiError) else f"session={answer.arn}",
            )
        )
