"""V18: retries with a long back-off lose as the fixed point of independent retries says."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.clients import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_clients_behave_as_theory_says(case):
    """Within 10 % of the fixed point, which is itself an approximation."""
    assert_holds(case)
