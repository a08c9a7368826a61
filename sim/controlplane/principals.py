"""The principals of the account and their policies; a change is seen once IAM has spread it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from sim.controlplane.history import History
from sim.controlplane.identities import AccessKey, AccessKeyStatus, Attachments, Role, User
from sim.iam import Policy
from sim.model.callers import Caller, CallerKind, SessionLimits
from sim.model.identifiers import IdentifierSequence, role_arn, session_arn, user_arn


@dataclass(frozen=True, slots=True)
class RoleTrouble:
    """A time in which a role is seen otherwise than it is stored."""

    role_name: str
    start_us: int
    end_us: int
    seen_as: Callable[[Attachments], Attachments | None]
    """What services see instead; None: no such role."""


class Principals:
    """Users and roles of one account.

    `propagation_us` is the time after which a change of policies is seen by authorization (fact
    `iam.propagation`); what exists before the world starts has long been spread.
    """

    def __init__(self, account_id: str, *, propagation_us: int) -> None:
        self.account_id = account_id
        self._propagation_us = propagation_us
        self._identifiers = IdentifierSequence()
        self._users: dict[str, User] = {}
        self._roles: dict[str, Role] = {}
        self._histories: dict[str, History[Attachments | None]] = {}
        """By `role/NAME` or `user/NAME`: what services see of a name outlives what has it."""
        self._sessions: dict[str, Caller] = {}
        """Sessions that people made, by the identifier of their access key."""
        self._key_owners: dict[str, User] = {}
        """Whose each access key is or was; a user without keys only can be deleted."""
        self._troubles: list[RoleTrouble] = []
        self._slow_spans: list[tuple[int, int, int]] = []
        """Start, end and propagation time where it is longer than usual."""

    def add_user(
        self, name: str, attachments: Attachments, *, path: str = "/", now_us: int | None = None
    ) -> User:
        """Create a user; its name must be free. Without an instant it has long been there."""
        assert name not in self._users
        unique_id = self._identifiers.iam_identifier("AIDA")
        attachments = replace(attachments, unique_id=unique_id)
        user = User(
            name=name,
            path=path,
            arn=user_arn(self.account_id, name, path),
            unique_id=unique_id,
            created_us=now_us or 0,
            history=self._begun(f"user/{name}", attachments, now_us),
        )
        self._users[name] = user
        return user

    def add_role(
        self,
        name: str,
        attachments: Attachments,
        *,
        path: str = "/",
        label: str = "",
        is_service_linked: bool = False,
        now_us: int | None = None,
    ) -> Role:
        """Create a role with its trust policy; its name must be free.

        Without an instant it has long been there; a service-linked role is seen at once.
        """
        assert name not in self._roles
        assert attachments.trust is not None, f"{name} needs a trust policy"
        unique_id = self._identifiers.iam_identifier("AROA")
        attachments = replace(attachments, unique_id=unique_id)
        role = Role(
            name=name,
            path=path,
            arn=role_arn(self.account_id, name, path),
            unique_id=unique_id,
            created_us=now_us or 0,
            history=self._begun(f"role/{name}", attachments, None if is_service_linked else now_us),
            label=label or name,
            is_service_linked=is_service_linked,
        )
        self._roles[name] = role
        return role

    def _begun(
        self, key: str, attachments: Attachments, now_us: int | None
    ) -> History[Attachments | None]:
        history = self._histories.setdefault(key, History(None))
        history.put(attachments, visible_us=self._visible_us(now_us))
        return history

    def remove_role(self, name: str, *, now_us: int | None = None) -> None:
        """Delete a role; without an instant, services know at once."""
        self._roles.pop(name).history.put(None, visible_us=self._visible_us(now_us))

    def remove_user(self, name: str, *, now_us: int) -> None:
        """Delete a user."""
        self._users.pop(name).history.put(None, visible_us=self.visible_us(now_us))

    def roles(self) -> tuple[Role, ...]:
        """All roles, in the order in which they were made."""
        return tuple(self._roles.values())

    def users(self) -> tuple[User, ...]:
        """All users, in the order in which they were made."""
        return tuple(self._users.values())

    def identities(self) -> Iterator[Role | User]:
        """Everybody who can hold policies."""
        yield from self._roles.values()
        yield from self._users.values()

    def role(self, name: str) -> Role | None:
        """The role of that name."""
        return self._roles.get(name)

    def user(self, name: str) -> User | None:
        """The user of that name."""
        return self._users.get(name)

    def role_of_arn(self, arn: str) -> Role | None:
        """The role of that ARN."""
        role = self._roles.get(arn.rpartition("/")[2])
        return role if role is not None and role.arn == arn else None

    def identity_of_arn(self, arn: str) -> Role | User | None:
        """The role or user of that ARN."""
        return next((identity for identity in self.identities() if identity.arn == arn), None)

    def identity_of(self, caller: Caller) -> Role | User | None:
        """The role or user that calls; None for one that is deleted, and for services.

        Who has the name of somebody that was deleted is somebody else.
        """
        identity: Role | User | None = None
        match caller.kind:
            case CallerKind.USER:
                identity = self._users.get(caller.name)
            case CallerKind.ROLE_SESSION:
                identity = self._roles.get(caller.name)
            case CallerKind.SERVICE:
                pass
        is_same = identity is not None and caller.unique_id in ("", identity.unique_id)
        return identity if is_same else None

    def is_name_taken(self, name: str) -> bool:
        """Whether a role has the name; capitals do not tell names apart."""
        return name.lower() in map(str.lower, self._roles)

    def is_user_name_taken(self, name: str) -> bool:
        """Whether a user has the name; capitals do not tell names apart."""
        return name.lower() in map(str.lower, self._users)

    def user_caller(self, name: str) -> Caller | None:
        """A user of the account as the caller of an API."""
        user = self._users.get(name)
        if user is None:
            return None
        return Caller(
            CallerKind.USER,
            user.arn,
            self.account_id,
            name,
            label=name,
            unique_id=user.unique_id,
        )

    def session(
        self,
        role: Role,
        session_name: str,
        *,
        expires_us: int,
        limits: SessionLimits | None = None,
    ) -> Caller:
        """A session of a role; only STS makes one, after the trust policy allowed it."""
        return Caller(
            CallerKind.ROLE_SESSION,
            session_arn(self.account_id, role.name, session_name),
            self.account_id,
            role.name,
            label=role.label,
            role_arn=role.arn,
            expires_us=expires_us,
            unique_id=role.unique_id,
            limits=limits,
        )

    def named_caller(self, name: str) -> Caller | None:
        """A user, or some session of a role written `role/NAME`; None when there is no such one.

        For questions only: a session that calls is given out by STS.
        """
        role_name = name.removeprefix("role/")
        if role_name == name:
            return self.user_caller(name)
        role = self._roles.get(role_name)
        return self.session(role, "question", expires_us=0) if role else None

    def keep_session(self, session: Caller) -> str:
        """Give a session an access key, `ASIA...`, by which it signs."""
        access_key_id = self._identifiers.iam_identifier("ASIA")
        self._sessions[access_key_id] = session
        return access_key_id

    def add_access_key(self, user: User, *, now_us: int) -> AccessKey:
        """Give a user another access key."""
        key = AccessKey(self._identifiers.iam_identifier("AKIA"), now_us)
        user.access_keys[key.access_key_id] = key
        self._key_owners[key.access_key_id] = user
        return key

    def caller_of(self, access_key_id: str) -> Caller | None:
        """Who signs with an access key; None for one that is unknown or inactive."""
        session = self._sessions.get(access_key_id)
        if session is not None:
            return session
        user = self._key_owners.get(access_key_id)
        key = None if user is None else user.access_keys.get(access_key_id)
        is_active = key is not None and key.status is AccessKeyStatus.ACTIVE
        return self.user_caller(user.name) if user is not None and is_active else None

    def seen(self, caller: Caller, *, now_us: int) -> Attachments | None:
        """What services see of a caller now; None for one that is not there, and for services.

        Who has the name of somebody that was deleted is somebody else.
        """
        seen: Attachments | None = None
        match caller.kind:
            case CallerKind.USER:
                history = self._histories.get(f"user/{caller.name}")
                seen = history.at(now_us) if history else None
            case CallerKind.ROLE_SESSION:
                seen = self._seen_role(caller.name, now_us)
            case CallerKind.SERVICE:
                pass
        is_same = seen is not None and caller.unique_id in ("", seen.unique_id)
        return seen if is_same else None

    def trust_policy(self, role: Role, *, now_us: int) -> Policy | None:
        """The trust policy of a role as STS sees it now; None when it sees no such role."""
        seen = self._seen_role(role.name, now_us)
        if seen is None:
            return None
        assert seen.trust is not None, f"{role.name} was made without a trust policy"
        return seen.trust

    def add_trouble(self, trouble: RoleTrouble) -> None:
        """Lever: let services see a role otherwise for a time; what is stored stays."""
        assert trouble.start_us < trouble.end_us, "a trouble lasts some time"
        self._troubles.append(trouble)

    def slow_down(self, propagation_us: int, *, start_us: int, end_us: int) -> None:
        """Lever: let changes that are made in this time be seen later than usual."""
        self._slow_spans.append((start_us, end_us, propagation_us))

    def propagation_us(self, now_us: int) -> int:
        """The time after which a change that is made now is seen."""
        slow = [span for start, end, span in self._slow_spans if start <= now_us < end]
        return max([self._propagation_us, *slow])

    def visible_us(self, now_us: int) -> int:
        """The instant from which a change that is made now is seen."""
        return now_us + self.propagation_us(now_us)

    def _visible_us(self, now_us: int | None) -> int:
        """The same; a change without an instant has long been seen."""
        return 0 if now_us is None else self.visible_us(now_us)

    def _seen_role(self, name: str, now_us: int) -> Attachments | None:
        history = self._histories.get(f"role/{name}")
        seen = history.at(now_us) if history else None
        for trouble in self._troubles:
            is_on = trouble.start_us <= now_us < trouble.end_us
            if seen is not None and is_on and trouble.role_name == name:
                seen = trouble.seen_as(seen)
        return seen

    def change(
        self,
        identity: Role | User,
        change: Callable[[Attachments], Attachments],
        *,
        now_us: int,
    ) -> None:
        """Change the stored attachments; visible after the propagation time."""
        identity.history.put(change(identity.stored), visible_us=self.visible_us(now_us))

    def change_policy(self, policy: Policy, *, now_us: int) -> None:
        """Let everybody who has a managed policy have this document of it."""
        for identity in self.identities():
            if _holds(identity.stored, policy):
                self.change(identity, partial(_with_document, policy=policy), now_us=now_us)


def _holds(attachments: Attachments, policy: Policy) -> bool:
    boundary = attachments.boundary
    return policy.arn in attachments.managed or (
        boundary is not None and boundary.arn == policy.arn
    )


def _with_document(attachments: Attachments, *, policy: Policy) -> Attachments:
    """Attachments with another document of a managed policy that is among them."""
    managed = {
        arn: policy if arn == policy.arn else held for arn, held in attachments.managed.items()
    }
    boundary = attachments.boundary
    if boundary is not None and boundary.arn == policy.arn:
        boundary = policy
    return replace(attachments, managed=managed, boundary=boundary)
