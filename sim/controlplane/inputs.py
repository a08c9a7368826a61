"""Input shapes of the operations: members named as AWS names them, checked before anything happens.

Members that this model cannot honour are refused, not ignored. The shapes of each service lie
beside its handlers.
"""

from collections.abc import Mapping
from typing import Final

from sim.controlplane.api_input import ApiInput
from sim.controlplane.service_tables import INPUT_MODULES, ServiceTables

INPUT_TYPES: Final[Mapping[str, type[ApiInput]]] = ServiceTables(INPUT_MODULES, "INPUT_TYPES")
"""Input shape of every operation, by `service:Name`."""
