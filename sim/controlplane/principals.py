"""The principals of the account and their policies; a change is seen once IAM has spread it."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.iam import Policy
from sim.model.callers import Caller, CallerKind
from sim.model.identifiers import role_arn, session_arn, user_arn


@dataclass(frozen=True, slots=True)
class Attachments:
    """The policies on a principal at one time, and a role's trust policy."""

    managed: Mapping[str, Policy] = field(default_factory=dict)
    """By ARN."""
    inline: Mapping[str, Policy] = field(default_factory=dict)
    """By name."""
    trust: Policy | None = None
    """Of a role; users have none."""

    def identity_policies(self) -> tuple[Policy, ...]:
        """All policies that speak about what the principal may do, managed ones first."""
        return (*self.managed.values(), *self.inline.values())


class _History:
    """Attachments over time: IAM stores the newest, services may still see an older one."""

    def __init__(self, attachments: Attachments) -> None:
        self._since_us = [0]
        self._attachments = [attachments]

    @property
    def stored(self) -> Attachments:
        return self._attachments[-1]

    def at(self, now_us: int) -> Attachments:
        return self._attachments[bisect_right(self._since_us, now_us) - 1]

    def put(self, attachments: Attachments, *, visible_us: int) -> None:
        """Changes are seen in the order in which they were made, also when one took longer."""
        self._since_us.append(max(visible_us, self._since_us[-1]))
        self._attachments.append(attachments)


@dataclass(frozen=True, slots=True)
class RoleTrouble:
    """A time in which a role is seen otherwise than it is stored."""

    role_name: str
    start_us: int
    end_us: int
    seen_as: Callable[[Attachments], Attachments | None]
    """What services see instead; None: no such role."""


@dataclass(slots=True)
class Role:
    """An IAM role."""

    name: str
    path: str
    arn: str
    label: str
    """What reports call it."""
    history: _History
    is_service_linked: bool = False


@dataclass(slots=True)
class User:
    """An IAM user."""

    name: str
    arn: str
    history: _History


class Principals:
    """Users and roles of one account.

    `propagation_us` is the time after which a change of policies is seen by authorization (fact
    `iam.propagation`); what exists before the world starts has long been spread.
    """

    def __init__(self, account_id: str, *, propagation_us: int) -> None:
        self.account_id = account_id
        self._propagation_us = propagation_us
        self._users: dict[str, User] = {}
        self._roles: dict[str, Role] = {}
        self._troubles: list[RoleTrouble] = []
        self._slow_spans: list[tuple[int, int, int]] = []
        """Start, end and propagation time where it is longer than usual."""

    def add_user(self, name: str, attachments: Attachments) -> User:
        """Create a user; its name must be free."""
        assert name not in self._users
        user = User(name, user_arn(self.account_id, name), _History(attachments))
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
    ) -> Role:
        """Create a role with its trust policy; its name must be free."""
        assert name not in self._roles
        assert attachments.trust is not None, f"{name} needs a trust policy"
        arn = role_arn(self.account_id, name, path)
        role = Role(name, path, arn, label or name, _History(attachments), is_service_linked)
        self._roles[name] = role
        return role

    def remove_role(self, name: str) -> None:
        """Delete a role."""
        del self._roles[name]

    def role_names(self) -> tuple[str, ...]:
        """Names of all roles, in the order in which they were made."""
        return tuple(self._roles)

    def role(self, name: str) -> Role | None:
        """The role of that name."""
        return self._roles.get(name)

    def role_of_arn(self, arn: str) -> Role | None:
        """The role of that ARN."""
        return next((r for r in self._roles.values() if r.arn == arn), None)

    def user_caller(self, name: str) -> Caller | None:
        """A user of the account as the caller of an API."""
        user = self._users.get(name)
        if user is None:
            return None
        return Caller(CallerKind.USER, user.arn, self.account_id, name, label=name)

    def session(self, role: Role, session_name: str, *, expires_us: int) -> Caller:
        """A session of a role; only STS makes one, after the trust policy allowed it."""
        return Caller(
            CallerKind.ROLE_SESSION,
            session_arn(self.account_id, role.name, session_name),
            self.account_id,
            role.name,
            label=role.label,
            role_arn=role.arn,
            expires_us=expires_us,
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

    def identity_policies(self, caller: Caller, *, now_us: int) -> tuple[Policy, ...]:
        """The identity policies of a caller as seen now; none for a deleted role."""
        seen: Attachments | None = None
        match caller.kind:
            case CallerKind.USER:
                user = self._users.get(caller.name)
                seen = user.history.at(now_us) if user else None
            case CallerKind.ROLE_SESSION:
                role = self._roles.get(caller.name)
                seen = self._seen(role, now_us) if role else None
            case CallerKind.SERVICE:
                pass
        return seen.identity_policies() if seen else ()

    def trust_policy(self, role: Role, *, now_us: int) -> Policy | None:
        """The trust policy of a role as STS sees it now; None when it sees no such role."""
        seen = self._seen(role, now_us)
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

    def _seen(self, role: Role, now_us: int) -> Attachments | None:
        seen: Attachments | None = role.history.at(now_us)
        for trouble in self._troubles:
            is_on = trouble.start_us <= now_us < trouble.end_us
            if seen is not None and is_on and trouble.role_name == role.name:
                seen = trouble.seen_as(seen)
        return seen

    def stored(self, role: Role) -> Attachments:
        """What IAM has stored for a role, spread or not."""
        return role.history.stored

    def change(
        self, role: Role, change: Callable[[Attachments], Attachments], *, now_us: int
    ) -> None:
        """Change the stored attachments of a role; visible after the propagation time."""
        visible_us = now_us + self.propagation_us(now_us)
        role.history.put(change(role.history.stored), visible_us=visible_us)
