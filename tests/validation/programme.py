"""The oracles as parameters of tests: heavier cases carry the marker of the heavier scales."""

from collections.abc import Iterable

import pytest

from tests.validation.evidence import Oracle


def parameters_of(oracles: Iterable[Oracle]) -> list[object]:
    """One parameter per case, named by its oracle."""
    found = []
    for oracle in oracles:
        for name, case in oracle.cases.items():
            found.append(pytest.param(case, id=f"{oracle.number}: {name}"))
        for name, case in oracle.slow_cases.items():
            found.append(pytest.param(case, id=f"{oracle.number}: {name}", marks=pytest.mark.slow))
    return found
