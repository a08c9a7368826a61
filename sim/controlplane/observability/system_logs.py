"""The capacity providers' system logs as far as the operator role was let to write them.

A line of which the role may not write any part is lost: it does not come later (source: Lambda
Developer Guide, LMI capacity provider system logs).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.controlplane.authority import Authority
from sim.controlplane.observability.folds import LogLine, log_line, system_log_fold
from sim.controlplane.principals import Principals
from sim.engine.capacity_providers import CapacityProviders
from sim.engine.journal import Journal
from sim.iam import PolicySet
from sim.model.authorization import AuthorizationCheck
from sim.model.identifiers import log_group_arn
from sim.model.run_record import RunRecord

if TYPE_CHECKING:
    from sim.metrics.system_log import LogEntry, SystemLogFold

_GROUP = "/aws/lambda/capacity-provider/"
"""Source: Lambda Developer Guide, default log group of a capacity provider."""

_WRITE = "logs:PutLogEvents"


def group_of(provider: str) -> str:
    """Name of the log group of a capacity provider."""
    return f"{_GROUP}{provider}"


def stream_of(provider: str) -> str:
    """Name of the one stream in it."""
    return f"{provider}/managed-instances"


@dataclass(frozen=True, slots=True)
class LogSources:
    """What the logs are folded from, and who decides about them."""

    region: str
    account_id: str
    journal: Journal
    authority: Authority
    principals: Principals
    providers: CapacityProviders
    record: Callable[[], RunRecord]
    """What happened so far: whose run the lines tell of."""


@dataclass(slots=True)
class SystemLogs:
    """The written lines of every provider; each journal entry is looked at once."""

    _fold: "SystemLogFold | None" = None
    _position: int = 0
    _lines: dict[str, list[LogLine]] = field(default_factory=dict)
    _verdicts: dict[str, tuple[PolicySet, bool]] = field(default_factory=dict)

    def written(self, sources: LogSources) -> Mapping[str, Sequence[LogLine]]:
        """Lines by provider, oldest first, up to the present instant."""
        fold = self._fold = self._fold or system_log_fold()
        entries = sources.journal.since(self._position)
        self._position += len(entries)
        told = [line for entry in entries for line in fold.lines(entry)]
        written = [line for line in told if self._may_write(sources, line)]
        if written:
            record = sources.record()
            for line in written:
                lines = self._lines.setdefault(line.capacity_provider, [])
                lines.append(log_line(record, line))
        return self._lines

    def _may_write(self, sources: LogSources, line: "LogEntry") -> bool:
        """As the policies were seen when the line was to be written."""
        provider = sources.providers.by_name.get(line.capacity_provider)
        role = sources.principals.role_of_arn(provider.operator_role_arn) if provider else None
        if role is None:
            return False
        session = sources.principals.session(role, "system-logs", expires_us=line.time_us)
        policies = sources.authority.policies_at(session, _WRITE, line.time_us)
        known = self._verdicts.get(line.capacity_provider)
        if known is None or known[0] != policies:
            is_allowed = all(
                sources.authority.would_allow(session, check, policies)
                for check in _checks(sources, line.capacity_provider)
            )
            known = self._verdicts[line.capacity_provider] = (policies, is_allowed)
        return known[1]


def _checks(sources: LogSources, provider: str) -> list[AuthorizationCheck]:
    group = log_group_arn(sources.region, sources.account_id, group_of(provider))
    stream = f"{group}:log-stream:{stream_of(provider)}"
    return [
        AuthorizationCheck("logs:CreateLogGroup", group),
        AuthorizationCheck("logs:CreateLogStream", stream),
        AuthorizationCheck(_WRITE, stream),
    ]
