"""V1, V2, V23 and V17: pollers are servers, retention is patience."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.queues import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_queues_wait_as_theory_says(case):
    """By Erlang's formulas C and A, and Pollaczek's and Khinchin's."""
    assert_holds(case)
