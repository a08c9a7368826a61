"""Keeps the journal readable like a score: one line per entry, fixed columns, plain words."""

from sim.model.journal_entries import (
    ApiCalled,
    AuthorizationDecided,
    CapacityProviderChanged,
    EnvironmentChanged,
    ExpectationJudged,
    FaultChanged,
    FunctionVersionChanged,
    FunctionVersionUpdated,
    InstanceChanged,
    InstanceLaunched,
    JournalEntry,
    LaunchFailed,
    NetworkInterfaceChanged,
    ScalingDecided,
    ServiceLinkedRoleChanged,
    ThrottlingEnded,
    ThrottlingStarted,
    VolumeChanged,
    WorldEnded,
    WorldStarted,
)
from sim.units import HOUR_US, MINUTE_US, SECOND_US

_KIND_WIDTH = 27


def event_line(entry: JournalEntry, traffic_start_us: int) -> str:
    """Time since the first traffic, kind padded to a fixed width, and what happened."""
    return f"{clock(entry.time_us - traffic_start_us)}  {entry.kind:<{_KIND_WIDTH}} {told(entry)}"


def clock(span_us: int) -> str:
    """Write a span as `  13:05:09.250`, negative before the first traffic, 14 characters wide."""
    sign = "-" if span_us < 0 else ""
    hours, rest_us = divmod(abs(span_us), HOUR_US)
    minutes, rest_us = divmod(rest_us, MINUTE_US)
    seconds, rest_us = divmod(rest_us, SECOND_US)
    text = f"{sign}{hours:02d}:{minutes:02d}:{seconds:02d}.{rest_us // 1000:03d}"
    return f"{text:>14}"


def told(entry: JournalEntry) -> str:
    """What happened, on one line; line breaks in names are written out."""
    text = (
        _told_of_calls(entry)
        or _told_of_resources(entry)
        or _told_of_versions(entry)
        or _told_of_parts(entry)
        or _told_of_load(entry)
    )
    assert text, f"no words for `{entry.kind}`"
    return " ".join(text.split())


def _told_of_calls(entry: JournalEntry) -> str:
    match entry:
        case ApiCalled():
            answer = (
                f"refused: {entry.error_code}: {entry.error_message}" if entry.error_code else "ok"
            )
            call = f"{entry.caller_role} calls {entry.operation} on {entry.resource}"
            return f"{call}: {answer} {entry.detail}"
        case AuthorizationDecided():
            by = f"by {entry.policy} {entry.statement}" if entry.policy else entry.reason
            return f"{entry.result}: {entry.caller_role}, {entry.action} on {entry.resource}, {by}"
        case LaunchFailed():
            what = f"{entry.count} x {entry.instance_type} in {entry.availability_zone}"
            return f"{what}: {entry.error_code or entry.reason_code}: {entry.message}"
        case ServiceLinkedRoleChanged():
            return f"{entry.role_arn} {entry.change} {entry.reason}"
        case _:
            return ""


def _told_of_resources(entry: JournalEntry) -> str:
    match entry:
        case InstanceLaunched():
            where = f"in {entry.availability_zone} for {entry.capacity_provider}"
            what = f"{entry.instance_id} {entry.instance_type} {where}"
            return f"{what}, {entry.purpose}, call {entry.call}"
        case InstanceChanged():
            why = f"{entry.reason} {entry.reason_code}"
            return f"{entry.instance_id} {_move(entry.old_state, entry.new_state)} {why}"
        case EnvironmentChanged():
            where = f"of {entry.function}:{entry.version} on {entry.instance_id}"
            move = _move(entry.old_state or "placed", entry.new_state)
            return f"{entry.environment_id} {where} {move} {entry.reason}"
        case CapacityProviderChanged():
            move = _move(entry.old_state, entry.new_state)
            return f"{entry.capacity_provider} {move} {entry.reason}"
        case _:
            return ""


def _told_of_versions(entry: JournalEntry) -> str:
    match entry:
        case FunctionVersionChanged():
            move = _move(entry.old_state, entry.new_state)
            return f"{entry.function}:{entry.version} {move} {entry.reason_code} {entry.reason}"
        case FunctionVersionUpdated():
            update = f"update {entry.status} {entry.reason_code} {entry.reason}"
            return f"{entry.function}:{entry.version} {update}"
        case _:
            return ""


def _told_of_parts(entry: JournalEntry) -> str:
    match entry:
        case NetworkInterfaceChanged():
            interface = f"{entry.network_interface_id} {entry.private_address} in {entry.subnet}"
            return f"{interface} of {entry.instance_id} {entry.change}"
        case VolumeChanged():
            return f"{entry.volume_id} of {entry.instance_id} {entry.change}"
        case FaultChanged():
            return f"{entry.fault} of {entry.scope} {entry.change}"
        case ExpectationJudged():
            return f"{entry.outcome}: {entry.subject}: expected {entry.expected}, came {entry.seen}"
        case _:
            return ""


def _told_of_load(entry: JournalEntry) -> str:
    match entry:
        case ScalingDecided():
            counts = f"{entry.ready_count} ready + {entry.starting_count} starting"
            load = f"cpu {entry.cpu_fraction:.0%}, concurrency {entry.concurrency_fraction:.0%}"
            want = f"wants {entry.desired_count} ({counts})"
            return (
                f"{entry.function}:{entry.version} {entry.action}: {want}, {load}: {entry.reason}"
            )
        case ThrottlingStarted():
            return f"{entry.function} throttles: {entry.reason}"
        case ThrottlingEnded():
            return f"{entry.function} no longer throttles, {entry.throttled_count} throttled"
        case WorldStarted():
            return f"seed {entry.seed}, version {entry.version}, scenario {entry.scenario_sha256}"
        case WorldEnded():
            return (
                f"{entry.arrived} arrived, {entry.completed} completed, {entry.throttled} throttled"
            )
        case _:
            return ""


def _move(old: str, new: str) -> str:
    return f"{old or 'new'} -> {new}"
