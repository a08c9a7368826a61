"""V20: random routing and power of two choices wait as the mean field says."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.routing import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_routing_waits_as_theory_says(case):
    """Exact mean latency in its 99.99 % interval, half width at most 3 %, 4 % at random and 0.9."""
    assert_holds(case)
