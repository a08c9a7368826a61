"""Deviations from AWS's models on purpose: each stands under its key, with the reason."""

from collections.abc import Iterable, Mapping

from service_models import Difference

Deviations = Mapping[tuple[str, str, str], str]
"""Operation (or `service:*`), member path and rule of a `Difference`, to the reason."""


def lacking(operation: str, reason: str, *paths: str) -> dict[tuple[str, str, str], str]:
    """Members of AWS that an operation refuses, all for one reason."""
    return {(operation, path, "lacks"): reason for path in paths}


def unlisted(differences: Iterable[Difference], deviations: Deviations) -> list[str]:
    """Differences that nobody listed, as text."""
    return [
        f"{d.operation} {d.path} ({d.rule}): {d.text}"
        for d in differences
        if d.key not in deviations and _of_service(d) not in deviations
    ]


def stale(differences: Iterable[Difference], deviations: Deviations) -> list[str]:
    """Listed deviations that are none any more."""
    found = {key for d in differences for key in (d.key, _of_service(d))}
    return [" ".join(key) for key in deviations if key not in found]


def _of_service(difference: Difference) -> tuple[str, str, str]:
    service = difference.operation.partition(":")[0]
    return f"{service}:*", difference.path, difference.rule
