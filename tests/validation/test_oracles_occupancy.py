"""V9, V10: concurrency without limits has the law and the lag of the infinite-server queue."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.occupancy import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_concurrency_without_limits_is_that_of_theory(case):
    """Counts pass chi-squared at its 99.99 % point; means, amplitude and lag their intervals."""
    assert_holds(case)
