"""V1, V2, V4, V23: the yardstick Ciw is sound; V5, V6: the kernel agrees with it draw by draw."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.yardstick import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_yardstick_agrees_with_theory_and_kernel_with_the_yardstick(case):
    """Queues inside their 99.99 % intervals; processor sharing equal to 1e-9 on the same path."""
    assert_holds(case)
