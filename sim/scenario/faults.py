"""What goes wrong in a scenario: faults of the kinds found in `sim.faults`, told by `kind`."""

from typing import TYPE_CHECKING

from sim.faults import FaultSettings
from sim.registry import one_of_kinds

if TYPE_CHECKING:
    Fault = FaultSettings
else:
    Fault = one_of_kinds("sim.faults")
