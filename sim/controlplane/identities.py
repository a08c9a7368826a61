"""Roles and users: what IAM has stored of them, and what services see of it by now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sim.controlplane.history import History
from sim.iam import Policy


@dataclass(frozen=True, slots=True)
class Attachments:
    """The policies on a principal at one time, and a role's trust policy."""

    managed: Mapping[str, Policy] = field(default_factory=dict)
    """By ARN."""
    inline: Mapping[str, Policy] = field(default_factory=dict)
    """By name."""
    trust: Policy | None = None
    """Of a role; users have none."""
    boundary: Policy | None = None
    """The permissions boundary, a managed policy."""
    unique_id: str = ""
    """Whose they are: a name that is given again belongs to somebody else."""

    def identity_policies(self) -> tuple[Policy, ...]:
        """All policies that speak about what the principal may do, managed ones first."""
        return (*self.managed.values(), *self.inline.values())


@dataclass(slots=True, kw_only=True)
class Identity:
    """What roles and users have in common."""

    name: str
    path: str
    arn: str
    unique_id: str
    """`AROA...` or `AIDA...`: another one when the name is given again."""
    created_us: int
    history: History[Attachments | None]
    """None stands for no such principal: not made yet, or deleted."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def stored(self) -> Attachments:
        """What IAM has stored, spread or not."""
        stored = self.history.stored
        assert stored is not None, f"{self.arn} was deleted"
        return stored


@dataclass(slots=True, kw_only=True)
class Role(Identity):
    """An IAM role."""

    label: str
    """What reports call it."""
    is_service_linked: bool = False
    description: str | None = None
    session_duration_max_s: int | None = None
    """Longest session; None: IAM's default."""


class AccessKeyStatus(StrEnum):
    """Whether a key may be used. Source: IAM API, UpdateAccessKey."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    EXPIRED = "Expired"


@dataclass(slots=True)
class AccessKey:
    """A user's long-term credentials; the secret is worked out from the identifier."""

    access_key_id: str
    created_us: int
    status: AccessKeyStatus = AccessKeyStatus.ACTIVE


@dataclass(slots=True, kw_only=True)
class User(Identity):
    """An IAM user."""

    access_keys: dict[str, AccessKey] = field(default_factory=dict)
    """By identifier."""
