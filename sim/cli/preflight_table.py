"""The preflight as text: a row per question, and under a denial the change that would mend it."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

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
