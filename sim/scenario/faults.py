"""What goes wrong in a scenario: faults of the kinds found in `sim.faults`, told by `kind`."""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from sim.faults import FaultSettings
from sim.registry import kinds

if TYPE_CHECKING:
    Fault = FaultSettings
else:
    Fault = Annotated[
        Union[tuple(kinds("sim.faults").values())],  # noqa: UP007  # built at run time
        Field(discriminator="kind"),
    ]
