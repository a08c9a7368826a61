"""Answers about permissions as text: preflight rows with their mends, and witnesses."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from sim.experiments.operator_policies import PolicyDifference
from sim.experiments.preflight import PreflightCheck

_WIDTH = 100
_MARKS = {True: "denied ", False: "allowed"}
_DETAILS_SHOWN = 4
_INDENT = " " * 11


def preflight_text(checks: Sequence[PreflightCheck]) -> str:
    """All checks by purpose, then one line that sums them up."""
    lines: list[str] = []
    for (purpose, caller), group in groupby(checks, key=lambda c: (c.purpose, c.caller)):
        lines += ["", f"{purpose} ({caller})"]
        for check in group:
            lines += _rows(check)
    lines += ["", _sum(checks)]
    return "\n".join(lines).lstrip("\n")


def _rows(check: PreflightCheck) -> list[str]:
    is_denied = check.decision != "Allowed"
    optional = "  (optional)" if is_denied and not check.is_needed else ""
    asked = f"{check.action} on {check.resource}{_details(check.details)}{optional}"
    if not is_denied:
        return [f"  {_MARKS[False]}  {asked}  by {check.decided_by}"]
    mend = wrap(
        f"mend: {check.fix}",
        _WIDTH - len(_INDENT),
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    below = [f"by {check.decided_by}", *mend]
    return [f"  {_MARKS[True]}  {asked}", *(f"{_INDENT}{line}" for line in below)]


def _details(details: Sequence[str]) -> str:
    if not details:
        return ""
    shown = ", ".join(details[:_DETAILS_SHOWN])
    more = len(details) - _DETAILS_SHOWN
    return f" ({shown}, and {more} more)" if more > 0 else f" ({shown})"


def _sum(checks: Sequence[PreflightCheck]) -> str:
    blocking = sum(check.is_blocking for check in checks)
    optional = sum(not check.is_needed and check.decision != "Allowed" for check in checks)
    missing = f"; {optional} optional ones are denied" if optional else ""
    if blocking:
        return f"{blocking} of {len(checks)} needed permissions are denied{missing}"
    return f"everything that is needed is allowed: {len(checks)} permissions checked{missing}"


def difference_text(found: Sequence[PolicyDifference], *, first: str, second: str) -> str:
    """A block per witness: the call, what each policy says, and the context of the request."""
    if not found:
        return "no difference on anything that Lambda asks at a launch"
    lines: list[str] = []
    for one in found:
        lines.append(f"{one.action} on {one.resource}")
        lines.append(f"  {one.first:18} {first}")
        lines.append(f"  {one.second:18} {second}")
        if one.keys:
            lines.append(f"  by {', '.join(one.keys)}")
        if one.context:
            lines.append(f"  with {_context_text(one)}")
        lines.append("")
    noun = "witness" if len(found) == 1 else "witnesses"
    return "\n".join((*lines, f"{len(found)} {noun} that the policies differ"))


def _context_text(one: PolicyDifference) -> str:
    return ", ".join(f"{key}={' '.join(values)}" for key, values in sorted(one.context.items()))
