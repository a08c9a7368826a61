"""CloudWatch Logs: the capacity providers' system logs, read page by page.

Streams only grow, so a place in one is a count of lines: no page loses or repeats a line.
"""

from collections.abc import Mapping, Sequence

from sim.controlplane.account import Account, Call
from sim.controlplane.observability import inputs
from sim.controlplane.observability.folds import LogLine
from sim.controlplane.observability.log_patterns import UnknownPatternError, predicate
from sim.controlplane.observability.system_logs import LogSources, group_of, stream_of
from sim.controlplane.operation import Operation
from sim.controlplane.pages import InvalidMarkerError, page_of
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.identifiers import log_group_arn

_FORWARD, _BACKWARD = "f/", "b/"

_NO_GROUP = ApiError("ResourceNotFoundException", "The specified log group does not exist.")
_NO_STREAM = ApiError("ResourceNotFoundException", "The specified log stream does not exist.")
_BAD_TOKEN = ApiError("InvalidParameterException", "The specified nextToken is invalid.")


def describe_groups(account: Account, call: Call, request: inputs.DescribeLogGroups) -> ApiResult:
    """Log groups, one per provider that has ever been let to write."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, _arn(account, "", "")))
    if refusal:
        return refusal
    if request.log_group_name_prefix is not None and request.log_group_name_pattern is not None:
        return ApiError(
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        )
    rows = [
        (group_of(provider), _group(account, provider, lines))
        for provider, lines in _written(account).items()
        if group_of(provider).startswith(request.log_group_name_prefix or "")
        and (request.log_group_name_pattern or "") in group_of(provider)
    ]
    return _page(account, rows, "logGroups", token=request.next_token, limit=request.limit)


def describe_streams(account: Account, call: Call, request: inputs.DescribeLogStreams) -> ApiResult:
    """Streams of a group; the group of a provider has one."""
    provider = _permitted(account, call, request.log_group_name, request.log_group_identifier)
    if isinstance(provider, ApiError):
        return provider
    name = stream_of(provider)
    rows = []
    if name.startswith(request.log_stream_name_prefix or ""):
        lines = _written(account)[provider]
        rows.append((name, _stream(account, provider, lines)))
    return _page(account, rows, "logStreams", token=request.next_token, limit=request.limit)


def get_events(account: Account, call: Call, request: inputs.GetLogEvents) -> ApiResult:
    """Lines of a stream in their order; both tokens are always given, as in AWS."""
    provider = _permitted(
        account,
        call,
        request.log_group_name,
        request.log_group_identifier,
        stream=request.log_stream_name,
    )
    if isinstance(provider, ApiError):
        return provider
    if request.log_stream_name != stream_of(provider):
        return _NO_STREAM
    lines = _written(account)[provider]
    bounds = _bounds(account, lines, request)
    if bounds is None:
        return _BAD_TOKEN
    first, end = bounds
    return ApiSuccess(
        {
            "events": [
                {"timestamp": li.time_ms, "message": li.message, "ingestionTime": li.time_ms}
                for li in lines[first:end]
            ],
            "nextForwardToken": f"{_FORWARD}{end}",
            "nextBackwardToken": f"{_BACKWARD}{first}",
        }
    )


def filter_events(account: Account, call: Call, request: inputs.FilterLogEvents) -> ApiResult:
    """Lines of a group that a pattern and a time let pass, oldest first."""
    provider = _permitted(account, call, request.log_group_name, request.log_group_identifier)
    if isinstance(provider, ApiError):
        return provider
    try:
        passes = predicate(request.filter_pattern)
    except UnknownPatternError:
        return ApiError("InvalidParameterException", "Invalid filter pattern")
    first = _place(request.next_token or "0")
    if first is None:
        return _BAD_TOKEN
    lines = _written(account)[provider]
    kept = [
        (place, line)
        for place, line in enumerate(lines)
        if place >= first and _is_within(line, request) and passes(line.message)
    ]
    if not _is_wanted(stream_of(provider), request):
        kept = []
    most = request.limit or account.facts.integer("logs.events_page_max")
    output: dict[str, object] = {
        "events": [_event(account, provider, place, line) for place, line in kept[:most]],
        "searchedLogStreams": [],
    }
    return ApiSuccess(output if kept[most:] == [] else {**output, "nextToken": str(kept[most][0])})


def _event(account: Account, provider: str, place: int, line: LogLine) -> dict[str, object]:
    return {
        "logStreamName": stream_of(provider),
        "timestamp": line.time_ms,
        "message": line.message,
        "ingestionTime": line.time_ms,
        "eventId": f"{line.time_ms:020d}{place:036d}",
    }


def _bounds(
    account: Account, lines: Sequence[LogLine], request: inputs.GetLogEvents
) -> tuple[int, int] | None:
    """Positions of the first line of a page and behind its last; None for a token that is none."""
    most = request.limit or account.facts.integer("logs.events_page_max")
    within = [place for place, line in enumerate(lines) if _is_within(line, request)]
    low = within[0] if within else len(lines)
    high = within[-1] + 1 if within else low
    token = request.next_token
    if token is None:
        if request.start_from_head:
            return low, min(low + most, high)
        return max(high - most, low), high
    place = _place(token[len(_FORWARD) :])
    if place is None or not token.startswith((_FORWARD, _BACKWARD)):
        return None
    if token.startswith(_FORWARD):
        first = min(max(place, low), max(high, place))
        return first, max(first, min(first + most, high))
    end = max(min(place, high), min(low, place))
    return min(end, max(end - most, low)), end


def _place(written: str) -> int | None:
    return int(written) if written.isdigit() else None


def _is_within(line: LogLine, request: inputs.GetLogEvents | inputs.FilterLogEvents) -> bool:
    is_late = request.start_time is None or line.time_ms >= request.start_time
    return is_late and (request.end_time is None or line.time_ms < request.end_time)


def _is_wanted(stream: str, request: inputs.FilterLogEvents) -> bool:
    is_named = request.log_stream_names is None or stream in request.log_stream_names
    return is_named and stream.startswith(request.log_stream_name_prefix or "")


def _permitted(
    account: Account, call: Call, name: str | None, identifier: str | None, *, stream: str = ""
) -> str | ApiError:
    """The provider whose group is meant, if the caller may and the group exists."""
    if (name is None) is (identifier is None):
        return ApiError(
            "InvalidParameterException",
            "Exactly one of logGroupName and logGroupIdentifier must be specified.",
        )
    group = name or (identifier or "").removesuffix(":*").rpartition(":log-group:")[2]
    check = AuthorizationCheck(call.operation, _arn(account, group, stream))
    refusal = account.refusal(call, check)
    if refusal:
        return refusal
    return next((p for p in _written(account) if group_of(p) == group), _NO_GROUP)


def _written(account: Account) -> Mapping[str, Sequence[LogLine]]:
    return account.system_logs.written(
        LogSources(
            region=account.region,
            account_id=account.account_id,
            journal=account.foundation.journal,
            authority=account.authority,
            principals=account.principals,
            providers=account.world.capacity_providers,
            record=account.record,
        )
    )


def _group(account: Account, provider: str, lines: Sequence[LogLine]) -> dict[str, object]:
    arn = log_group_arn(account.region, account.account_id, group_of(provider))
    return {
        "logGroupName": group_of(provider),
        "creationTime": lines[0].time_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": sum(len(line.message.encode()) for line in lines),
        "logGroupClass": "STANDARD",
    }


def _stream(account: Account, provider: str, lines: Sequence[LogLine]) -> dict[str, object]:
    name, group = stream_of(provider), group_of(provider)
    return {
        "logStreamName": name,
        "creationTime": lines[0].time_ms,
        "firstEventTimestamp": lines[0].time_ms,
        "lastEventTimestamp": lines[-1].time_ms,
        "lastIngestionTime": lines[-1].time_ms,
        "arn": f"{log_group_arn(account.region, account.account_id, group)}:log-stream:{name}",
        "storedBytes": 0,
    }


def _page(
    account: Account,
    rows: Sequence[tuple[str, dict[str, object]]],
    member: str,
    *,
    token: str | None,
    limit: int | None,
) -> ApiResult:
    most = limit or account.facts.integer("logs.groups_page_max")
    try:
        page = page_of(rows, marker=token, entries_max=most)
    except InvalidMarkerError:
        return _BAD_TOKEN
    output: dict[str, object] = {member: list(page.entries)}
    return ApiSuccess(output if page.marker is None else {**output, "nextToken": page.marker})


def _arn(account: Account, group: str, stream: str) -> str:
    """What IAM is asked about: a stream, or all of a group, or all of the account."""
    return f"{log_group_arn(account.region, account.account_id, group)}:log-stream:{stream}"


OPERATIONS: Mapping[str, Operation] = {
    "logs:DescribeLogGroups": Operation(describe_groups),
    "logs:DescribeLogStreams": Operation(describe_streams),
    "logs:GetLogEvents": Operation(get_events),
    "logs:FilterLogEvents": Operation(filter_events),
}
