"""V13: generated arrivals have the counts of the rate's integral."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.generators import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_arrivals_follow_their_rate(case):
    """Day and quarters within 3.89 standard deviations, hours by chi-squared: 1e-4 each."""
    assert_holds(case)
