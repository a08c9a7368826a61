"""An operation of the door: what it does, and who writes it down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.controlplane.account import Account, Call
from sim.model.api_results import ApiResult

Handler = Callable[[Account, Call, Any], ApiResult]
"""Takes the account, the call and the input in the shape that `INPUT_TYPES` gives the operation."""

Detail = Callable[[Mapping[str, Any]], str]
"""What of a successful answer the journal keeps, `name=value`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation does, and who writes it down."""

    handler: Handler
    journals_itself: bool = False
    """Whether EC2 writes the call down, as it must for Lambda's calls too."""
    detail: Detail | None = None
    """None: the journal keeps nothing of the answer."""
