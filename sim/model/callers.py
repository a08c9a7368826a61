"""Who makes an API call: a user, a role session or an AWS service."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sim.iam import Policy

SERVICE_LINKED_ROLE: Final = "service-linked role"
"""What reports call whoever calls in Lambda's service-linked role."""


class CallerKind(StrEnum):
    """Kinds of principals that call APIs here."""

    USER = "user"
    ROLE_SESSION = "role_session"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What somebody who assumed a role asked for, as it lies in the credentials of the session."""

    policies: tuple[Policy, ...] | None = None
    """Session policies, whose union limits the session; None: made without."""
    tags: tuple[tuple[str, str], ...] = ()
    """Session tags, key and value."""
    transitive_tag_keys: tuple[str, ...] = ()
    """Keys of the tags that go over to sessions made from this one."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal as it signs a call.

    `name` is the user's or role's name or the service principal; `label` is what a report calls it
    (`administrator`, `operator role`, `service-linked role`). A role session ends at `expires_us`.
    """

    kind: CallerKind
    arn: str
    account_id: str
    name: str
    label: str
    role_arn: str = ""
    """ARN of the role behind a session; a session's own ARN has lost the role's path."""
    expires_us: int | None = None
    unique_id: str = ""
    """Of the user, or of the role behind a session; empty: whoever has the name."""
    limits: SessionLimits | None = None
    """Of a session that a person made; None: nothing asked for, as in Lambda's own sessions."""


def service_caller(service_principal: str, account_id: str) -> Caller:
    """An AWS service calling on its own behalf for resources of `account_id`."""
    return Caller(
        kind=CallerKind.SERVICE,
        arn=service_principal,
        account_id=account_id,
        name=service_principal,
        label=service_principal,
    )
