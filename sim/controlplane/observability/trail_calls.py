"""CloudTrail: the last ninety days of management events, newest first, page by page.

An event can be looked up at once; AWS takes some minutes to deliver it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from sim.controlplane.account import Account, Call
from sim.controlplane.observability import inputs
from sim.controlplane.observability.trail_events import (
    event_id,
    event_name,
    event_source,
    is_read,
    resources,
    trail_event,
    user_name,
)
from sim.controlplane.operation import Operation
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.journal_entries import ApiCalled


def lookup_events(account: Account, call: Call, request: inputs.LookupEvents) -> ApiResult:
    """Events with one attribute in a time; a page goes on behind the last event shown."""
    refusal = account.refusal(call, AuthorizationCheck(call.operation, "*")) or _refusal(request)
    if refusal:
        return refusal
    before = _place(request.next_token)
    if before is None:
        return ApiError("InvalidNextTokenException", "The token is not valid.")
    most = request.max_results or account.facts.integer("cloudtrail.events_page_max")
    found = _found(account, request, before)
    page = list(islice(found, most))
    output: dict[str, object] = {"Events": [_shown(account, event) for _, event in page]}
    is_last = next(found, None) is None
    return ApiSuccess(output if is_last else {**output, "NextToken": f"before-{page[-1][0]}"})


def _found(
    account: Account, request: inputs.LookupEvents, before: int
) -> Iterator[tuple[int, ApiCalled]]:
    """Places and events that are asked for, newest first, none from the place `before` on."""
    events = account.trail.events(account.foundation.journal)
    for place in range(min(before, len(events)) - 1, -1, -1):
        event = events[place]
        if _is_within(account, event, request) and _has_attributes(event, request):
            yield place, event


def _is_within(account: Account, event: ApiCalled, request: inputs.LookupEvents) -> bool:
    if request.start_time is None and request.end_time is None:
        return True
    at = account.calendar(event.time_us)
    is_late = request.start_time is None or at >= _instant(request.start_time)
    return is_late and (request.end_time is None or at <= _instant(request.end_time))


def _has_attributes(event: ApiCalled, request: inputs.LookupEvents) -> bool:
    return all(
        wanted.attribute_value in _values(event, wanted.attribute_key)
        for wanted in request.lookup_attributes
    )


def _values(event: ApiCalled, attribute: str) -> list[str]:
    if attribute in _TEXTS:
        return [_TEXTS[attribute](event)]
    return [resource[attribute] for resource in resources(event) if attribute in resource]


def _read_only(event: ApiCalled) -> str:
    return str(is_read(event)).lower()


_TEXTS: Mapping[str, Callable[[ApiCalled], str]] = {
    "EventId": event_id,
    "EventName": event_name,
    "EventSource": event_source,
    "ReadOnly": _read_only,
    "Username": user_name,
}
"""Attributes with one value; nobody is told an `AccessKeyId`."""


def _shown(account: Account, event: ApiCalled) -> dict[str, object]:
    name = user_name(event)
    shown: dict[str, object] = {
        "EventId": event_id(event),
        "EventName": event_name(event),
        "ReadOnly": _read_only(event),
        "EventTime": account.calendar(event.time_us),
        "EventSource": event_source(event),
        "Resources": resources(event),
        "CloudTrailEvent": json.dumps(trail_event(account, event)),
    }
    return {**shown, "Username": name} if name else shown


def _refusal(request: inputs.LookupEvents) -> ApiError | None:
    if len(request.lookup_attributes) > 1:
        return ApiError(
            "InvalidLookupAttributesException",
            "You can specify only one attribute key and one attribute value.",
        )
    start, end = request.start_time, request.end_time
    if start is not None and end is not None and _instant(start) > _instant(end):
        return ApiError(
            "InvalidTimeRangeException", "The start time must not be after the end time."
        )
    return None


def _place(token: str | None) -> int | None:
    """The place that a token means, all without one; None for a token that is none."""
    if token is None:
        return 2**63
    word, _, number = token.partition("-")
    return int(number) if word == "before" and number.isdigit() else None


def _instant(written: object) -> datetime:
    assert isinstance(written, datetime), "inputs turn all ways to write an instant into one"
    return written


OPERATIONS: Mapping[str, Operation] = {"cloudtrail:LookupEvents": Operation(lookup_events)}
