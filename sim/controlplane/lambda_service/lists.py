"""How Lambda's lists take their `Marker` and give their `NextMarker`."""

from collections.abc import Callable

from sim.controlplane.errors import invalid_parameter
from sim.controlplane.pages import Entry, InvalidMarkerError, Key, Page, key_of
from sim.model.api_results import ApiError


def key_behind(marker: str | None, shape: tuple[type, ...]) -> Key | ApiError | None:
    """The key that a marker holds; None for the first page (the error's text is assumed)."""
    try:
        return None if marker is None else key_of(marker, shape)
    except InvalidMarkerError:
        return invalid_parameter("The marker is not one that this operation has answered")


def listed(page: Page[Entry], member: str, show: Callable[[Entry], object]) -> dict[str, object]:
    """One page of a list in Lambda's shape."""
    output: dict[str, object] = {member: [show(entry) for entry in page.entries]}
    return output if page.marker is None else {**output, "NextMarker": page.marker}
