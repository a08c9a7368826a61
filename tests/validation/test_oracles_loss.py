"""V3, V21, V24: throttles at the concurrency limit are those of Erlang's loss formula."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.loss import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_slots_without_a_queue_lose_what_theory_says(case):
    """Exact loss inside the 99.99 % interval, half width at most 5 % of it."""
    assert_holds(case)
