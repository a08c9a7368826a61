"""V12, V22: the scaler settles where arithmetic says, and a lost zone loads the others by half."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.scaling import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_fleet_size_and_utilisation_are_exact(case):
    """Counts are equal; utilisations within the tolerance that stands beside each."""
    assert_holds(case)
