"""V11: the bucket that limits EC2's API passes exactly its burst and its rate."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.request_limits import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_burst_and_rate_pass_and_nothing_else(case):
    """Counts within one request, times within one token."""
    assert_holds(case)
