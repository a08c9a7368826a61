"""V13, V14: generated arrivals have the counts of the rate's integral, and bursts their spread."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.generators import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_arrivals_follow_their_rate(case):
    """V13: counts within 3.89 standard deviations, hours by chi-squared; V14: 99.99 % intervals
    no wider than 10 %, six of them: 1e-4 each, 6e-4 together if seeds are drawn anew.
    """
    assert_holds(case)
