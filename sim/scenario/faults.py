"""What goes wrong in a scenario: faults of the kinds found in `sim.faults`."""

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from sim.faults import FaultSettings
from sim.registry import kinds

_KINDS = tuple(kinds("sim.faults").values())

if TYPE_CHECKING:
    Fault = FaultSettings
elif len(_KINDS) == 1:  # pydantic has no use for a discriminator between one kind
    Fault = _KINDS[0]
else:
    Fault = Annotated[
        Union[_KINDS],  # noqa: UP007  # built at run time
        Field(discriminator="kind"),
    ]
