"""V15, V16, V19: Little's law, the rotation of instances and the bill are identities."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.accounting import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_records_add_up(case):
    """Counts and money are equal, ratios of integrals are 1 within 1e-9."""
    assert_holds(case)
