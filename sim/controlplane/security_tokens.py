"""STS: no session without the role's trust policy, as seen at that instant, allowing it."""

from sim.controlplane.authority import Authority
from sim.controlplane.errors import access_denied, cannot_assume
from sim.controlplane.principals import Principals
from sim.engine.foundation import Foundation
from sim.facts import Catalogue
from sim.model.api_results import ApiError
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import Caller, service_caller
from sim.model.journal_entries import ApiCalled


class SecurityTokens:
    """AssumeRole as Lambda uses it."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        principals: Principals,
        authority: Authority,
        facts: Catalogue,
    ) -> None:
        self._foundation = foundation
        self._principals = principals
        self._authority = authority
        self._session_duration_us = facts.duration_us("sts.session_duration")
        self._service = service_caller(
            facts.text("lambda.service_principal"), principals.account_id
        )

    def assume_role(
        self, *, role_arn: str, session_name: str, source_arn: str
    ) -> Caller | ApiError:
        """A session of the role for Lambda, or `AccessDenied`.

        The call carries `aws:SourceArn` and `aws:SourceAccount` of the capacity provider, so that
        trust policies against the confused deputy can be tried (assumed: AWS documents neither).
        """
        call = self._foundation.identifiers.api_call()
        check = AuthorizationCheck(
            "sts:AssumeRole",
            role_arn,
            {
                "aws:SourceArn": (source_arn,),
                "aws:SourceAccount": (self._principals.account_id,),
                "sts:RoleSessionName": (session_name,),
            },
        )
        answer = self._answer(call, check, session_name)
        self._record(call, role_arn, answer)
        return answer

    def _answer(self, call: int, check: AuthorizationCheck, session_name: str) -> Caller | ApiError:
        role = self._principals.role_of_arn(check.resource)
        now_us = self._foundation.kernel.now_us
        trust = self._principals.trust_policy(role, now_us=now_us) if role else None
        if role is None or trust is None:
            return cannot_assume(self._service.arn, check.resource)
        denial = self._authority.authorize_on_resource(
            call=call, caller=self._service, check=check, resource_policy=trust
        )
        if denial is not None:
            return access_denied(check.action, denial)
        expires_us = now_us + self._session_duration_us
        return self._principals.session(role, session_name, expires_us=expires_us)

    def _record(self, call: int, role_arn: str, answer: Caller | ApiError) -> None:
        error = answer if isinstance(answer, ApiError) else None
        self._foundation.journal.append(
            ApiCalled(
                time_us=self._foundation.kernel.now_us,
                call=call,
                operation="sts:AssumeRole",
                caller_arn=self._service.arn,
                caller_role=self._service.label,
                resource=role_arn,
                error_code=error.code if error else "",
                error_message=error.message if error else "",
                detail="" if isinstance(answer, ApiError) else f"session={answer.arn}",
            )
        )
