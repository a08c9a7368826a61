"""Who calls, and how strongly `Principal` names the caller: that decides what a grant needs."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import TypeAlias

from sim.iam.errors import RequestError
from sim.iam.patterns import split_arn

_ACCOUNT_DIGITS = 12
_SERVICE_LINKED_PATH = "role/aws-service-role/"


class CallerKind(StrEnum):
    """Kinds of caller that the layers treat differently."""

    USER = "user"
    ROLE_SESSION = "role session"
    ROLE = "role"
    SERVICE_LINKED_ROLE = "service-linked role"
    ROOT = "root user"
    SERVICE = "service principal"


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request, read."""

    kind: CallerKind
    text: str
    """The ARN or the service principal's name."""
    account: str
    """Twelve digits; empty for a service principal."""
    role_name: str
    """Name without path, of a role or the role of a session; otherwise empty."""


@lru_cache(maxsize=4096)
def parse_caller(principal: str) -> Caller:
    """Read a principal; raises RequestError for neither an ARN nor a service principal."""
    if not principal.startswith("arn:"):
        if "." not in principal or ":" in principal or "*" in principal:
            raise RequestError(
                f"principal `{principal}` is neither an ARN nor a service principal such as "
                "`lambda.amazonaws.com`"
            )
        return Caller(CallerKind.SERVICE, principal, "", "")
    parts = split_arn(principal)
    if parts is None or not is_account(parts[4]):
        raise RequestError(f"principal `{principal}` is not an ARN with six parts and an account")
    kind, role_name = _kind_of(parts[2], parts[5])
    return Caller(kind, principal, parts[4], role_name)


def _kind_of(service: str, resource: str) -> tuple[CallerKind, str]:
    if service == "iam" and resource == "root":
        return CallerKind.ROOT, ""
    if service == "iam" and resource.startswith(_SERVICE_LINKED_PATH):
        return CallerKind.SERVICE_LINKED_ROLE, resource.rpartition("/")[2]
    if service == "iam" and resource.startswith("role/"):
        return CallerKind.ROLE, resource.rpartition("/")[2]
    if service == "sts" and resource.startswith("assumed-role/"):
        return CallerKind.ROLE_SESSION, resource.split("/")[1]
    return CallerKind.USER, ""


def is_account(text: str) -> bool:
    """Whether the text is an account ID."""
    return len(text) == _ACCOUNT_DIGITS and text.isascii() and text.isdecimal()


class Naming(IntEnum):
    """How a `Principal` element names a caller, weakest first."""

    NOBODY = 0
    ACCOUNT = 1
    """Only the account: its own policies decide."""
    ROLE = 2
    """The role: no identity policy is needed, but boundary and session policies limit."""
    SELF = 3
    """The user, session, service or everyone: boundary and session policies do not limit."""


@dataclass(frozen=True, slots=True)
class PrincipalSet:
    """A `Principal` element, compiled."""

    is_everyone: bool
    accounts: frozenset[str]
    services: frozenset[str]
    arns: frozenset[str]
    """Users and sessions, whole."""
    role_arns: frozenset[str]
    roles: frozenset[tuple[str, str]]
    """Account and name of every role: session ARNs do not carry the role's path."""

    def naming(self, caller: Caller) -> Naming:
        """How strongly the caller is named."""
        if self.is_everyone or caller.text in self.arns or caller.text in self.services:
            return Naming.SELF
        if caller.text in self.role_arns or self._names_role_of(caller):
            return Naming.ROLE
        if caller.account in self.accounts:
            return Naming.ACCOUNT
        return Naming.NOBODY

    def _names_role_of(self, caller: Caller) -> bool:
        is_session = caller.kind is CallerKind.ROLE_SESSION
        return is_session and (caller.account, caller.role_name) in self.roles


PrincipalEntries: TypeAlias = dict[str, tuple[str, ...]]
"""Principal type (`AWS`, `Service`, ...) to its entries."""

PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")


def everyone() -> PrincipalSet:
    """`"*"`."""
    empty: frozenset[str] = frozenset()
    return PrincipalSet(
        is_everyone=True,
        accounts=empty,
        services=empty,
        arns=empty,
        role_arns=empty,
        roles=frozenset(),
    )


def compile_principals(entries: PrincipalEntries) -> PrincipalSet:
    """Compile checked entries (see `check_principal`).

    Federated and canonical users are none of our kinds of caller, so they name nobody; nor do the
    unique IDs that IAM leaves behind for deleted users and roles.
    """
    aws = entries.get("AWS", ())
    arns = [text for text in aws if text.startswith("arn:")]
    roles = [text for text in arns if ":role/" in text]
    # The root's ARN delegates to its account: it is not the root user's own name.
    roots = [text for text in arns if text.endswith(":root")]
    accounts = [text.split(":")[4] for text in roots]
    return PrincipalSet(
        is_everyone="*" in aws,
        accounts=frozenset(accounts) | frozenset(text for text in aws if is_account(text)),
        services=frozenset(entries.get("Service", ())),
        arns=frozenset(arns) - frozenset(roles) - frozenset(roots),
        role_arns=frozenset(roles),
        roles=frozenset((text.split(":")[4], text.rpartition("/")[2]) for text in roles),
    )


def check_principal(kind: str, text: str) -> None:
    """Raise ValueError for an entry that IAM would not save."""
    if text == "*" and kind == "AWS":
        return
    if "*" in text or "?" in text:
        raise ValueError(f"principal `{text}` has a wildcard inside")
    if kind == "AWS" and not (_is_principal_arn(text) or is_account(text) or _is_unique_id(text)):
        raise ValueError(f"principal `{text}` is neither an ARN of IAM or STS nor an account ID")


def _is_principal_arn(text: str) -> bool:
    parts = split_arn(text)
    return parts is not None and parts[2] in ("iam", "sts") and is_account(parts[4])


def _is_unique_id(text: str) -> bool:
    return text.startswith("A") and text.isascii() and text.isalnum() and text.isupper()
