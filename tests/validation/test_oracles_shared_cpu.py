"""V5 to V8: latency, throttles and CPU use of a shared CPU are those of the product form."""

import pytest

from tests.validation.evidence import assert_holds
from tests.validation.oracles.shared_cpu import ORACLES
from tests.validation.programme import parameters_of


@pytest.mark.parametrize("case", parameters_of(ORACLES))
def test_shared_cpu_behaves_as_theory_says(case):
    """Exact means inside their 99.99 % intervals, half widths at most 3 to 6 %, for four laws."""
    assert_holds(case)
