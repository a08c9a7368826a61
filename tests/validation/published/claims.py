"""Every published behaviour that is compared."""

from tests.validation.published.fleet_claims import FLEET, LOAD_TESTS
from tests.validation.published.scaling_claims import BURST, HEADROOM, SLOTS

BEHAVIOURS = (*HEADROOM, *SLOTS, BURST, *FLEET, *LOAD_TESTS)
