"""Which demand a scenario may name: the kinds found in the folder `sim.workload.demands`."""

from typing import TYPE_CHECKING

from sim.registry import one_of_kinds
from sim.workload.demand_settings import DemandSettings

if TYPE_CHECKING:
    Demand = DemandSettings
else:
    Demand = one_of_kinds("sim.workload.demands")
