"""Which demand a scenario may name: the kinds found in the folder `sim.workload.demands`."""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from sim.registry import kinds
from sim.workload.demand_settings import DemandSettings

if TYPE_CHECKING:
    Demand = DemandSettings
else:
    Demand = Annotated[
        Union[tuple(kinds("sim.workload.demands").values())],  # noqa: UP007  # built at run time
        Field(discriminator="kind"),
    ]
