"""Lambda's sessions, from AssumeRole: to launch, to terminate, and for the code of functions."""

from typing import Protocol

from sim.engine.kernel import Kernel
from sim.facts import catalogue
from sim.model.api_results import ApiError
from sim.model.callers import Caller
from sim.model.capacity_provider import CapacityProvider

SESSION_NAME_LENGTH_MAX = catalogue().integer("sts.session_name_length_max")
"""Longest role session name, in characters."""


class RoleAssumption(Protocol):
    """STS as Lambda uses it."""

    def assume_role(
        self, *, role_arn: str, session_name: str, source_arn: str
    ) -> Caller | ApiError:
        """A session of the role for `lambda.amazonaws.com`, or STS's refusal."""
        ...


class RoleSessions:
    """Keeps one session per role and purpose until it expires, as the AWS SDKs do."""

    def __init__(
        self, kernel: Kernel, assumption: RoleAssumption, service_linked_role_arn: str
    ) -> None:
        self._kernel = kernel
        self._assumption = assumption
        self._service_linked_role_arn = service_linked_role_arn
        self._sessions: dict[tuple[str, str], Caller] = {}

    def operator(self, provider: CapacityProvider) -> Caller | ApiError:
        """A session of the provider's operator role: the only identity that launches."""
        session_name = f"AWSLambda-CapacityProvider-{provider.name}"[:SESSION_NAME_LENGTH_MAX]
        return self._session(provider.operator_role_arn, session_name, provider.arn)

    def service_linked(self, provider_arn: str) -> Caller | ApiError:
        """A session of the service-linked role: the only identity that terminates."""
        return self._session(
            self._service_linked_role_arn, "AWSLambda-ManagedInstances", provider_arn
        )

    def execution(self, role_arn: str, function_arn: str) -> Caller | ApiError:
        """A session of a role for code that runs in a function; named after the function."""
        session_name = function_arn.rpartition(":")[2][:SESSION_NAME_LENGTH_MAX]
        return self._session(role_arn, session_name, function_arn)

    def forget(self, role_arn: str) -> None:
        """Drop the cached sessions of a role that was deleted."""
        self._sessions = {key: s for key, s in self._sessions.items() if key[0] != role_arn}

    def _session(self, role_arn: str, session_name: str, source_arn: str) -> Caller | ApiError:
        key = (role_arn, session_name)
        session = self._sessions.get(key)
        if session is not None and session.expires_us is not None:
            if session.expires_us > self._kernel.now_us:
                return session
            del self._sessions[key]
        answer = self._assumption.assume_role(
            role_arn=role_arn, session_name=session_name, source_arn=source_arn
        )
        if isinstance(answer, Caller):
            self._sessions[key] = answer
        return answer
