"""How every Describe call of EC2 goes: who may, which entries, which filters, which page.

An entry is chosen by its key and becomes a row, as the answer has it, only where a filter or the
page needs it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import filters
from sim.controlplane.ec2_service.errors import (
    bad_combination,
    invalid_token,
    invalid_value,
)
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.input_shapes import FreelyPaged, Listed
from sim.controlplane.operation import Operation
from sim.controlplane.pages import InvalidMarkerError, Key, behind, first_page
from sim.engine.ec2 import DRY_RUN
from sim.engine.ec2_authorization import Ec2Place, describe_check
from sim.engine.ec2_not_found import not_found
from sim.model.api_results import ApiError, ApiResult, ApiSuccess

_PAGE_MIN, _PAGE_MAX = 5, 1000
"""Range of `MaxResults` where EC2's model has none. Source: EC2 API Reference, pagination."""
_EVERYTHING = 10**9

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Entry]):
    """What is particular about one Describe call."""

    member: str
    """Member of the answer that has the entries."""
    entries: Callable[[Account, Any], Iterable[Entry]]
    """Takes the account and the input; everything that the list is chosen from."""
    key: Callable[[Entry], str]
    """What names an entry and orders the list, unique."""
    row: Callable[[Account, Entry], Row]
    """An entry as the answer shows it."""
    filters: Mapping[str, str]
    """Path of members by the name of the filter."""
    wanted: str = ""
    """Field of the input with the names that are asked for; empty if there is none."""
    find: Callable[[Account, str], Entry | None] | None = None
    """The entry of a name, if there is one; None: it is looked for among all."""
    nobody: Callable[[str], ApiError] = not_found
    """The answer about a name that does not exist."""
    is_shown: Callable[[Account, Any, Entry], bool] | None = None
    """Takes the input too: whether the call shows the entry at all; None: it shows every one."""
    told: Callable[[Account, Sequence[Row]], object] | None = None
    """A page of rows as the answer has it; None: as it is."""
    page_max: int = _EVERYTHING
    """Most entries of a page that is asked for without `MaxResults`."""


def listed(listing: Listing[Any]) -> Operation:
    """The Describe call that answers with a list."""

    def handler(account: Account, call: Call, request: Listed) -> ApiResult:
        return describe(account, call, request, listing)

    return Operation(handler)


def describe(account: Account, call: Call, request: Listed, listing: Listing[Entry]) -> ApiResult:
    """Answer a Describe call; entries come in the order of their keys."""
    wanted: Sequence[str] = getattr(request, listing.wanted) if listing.wanted else ()
    size, token = (
        (request.max_results, request.next_token)
        if isinstance(request, FreelyPaged)
        else (None, None)
    )
    refusal = (
        account.refusal(call, describe_check(call.operation, place_of(account)))
        or (DRY_RUN if request.dry_run else None)
        or account.world.ec2.admit(
            call.operation, is_unfiltered=not (wanted or request.filters or size)
        )
        or _page_refusal(wanted, size, token)
        or filters.refusal(account.facts, request.filters, listing.filters)
    )
    chosen = refusal or _chosen(account, request, listing, wanted=wanted)
    if isinstance(chosen, ApiError):
        return chosen
    try:
        following = behind(((listing.key(entry), entry) for entry in chosen), token)
    except InvalidMarkerError:
        return invalid_token()
    rows = _rows(account, request, listing, following=following)
    page = first_page(rows, size or listing.page_max)
    told = listing.told(account, page.entries) if listing.told else [*page.entries]
    output: dict[str, object] = {listing.member: told}
    return ApiSuccess(output if page.marker is None else {**output, "NextToken": page.marker})


def place_of(account: Account) -> Ec2Place:
    """Where the ARNs of the account's EC2 resources lie."""
    return account.world.ec2.place


def _page_refusal(wanted: Sequence[str], size: int | None, token: str | None) -> ApiError | None:
    if size is None:
        return None
    if wanted and token is None:
        return bad_combination(
            "The parameter for identifiers cannot be used with the parameter maxResults"
        )
    if not _PAGE_MIN <= size <= _PAGE_MAX:
        is_low = size < _PAGE_MIN
        return invalid_value(
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value "
            f"{f'greater than {_PAGE_MIN}' if is_low else f'less than {_PAGE_MAX}'}."
        )
    return None


def _chosen(
    account: Account, request: Listed, listing: Listing[Entry], *, wanted: Sequence[str]
) -> list[Entry] | ApiError:
    """The entries with the names asked for, all without names, as far as the call shows them."""
    if wanted:
        find = _finder(account, request, listing)
        named = {name: find(name) for name in wanted}
        unknown = [name for name, entry in named.items() if entry is None]
        if unknown:
            return listing.nobody(unknown[0])
        entries: Iterable[Entry] = (entry for entry in named.values() if entry is not None)
    else:
        entries = listing.entries(account, request)
    is_shown = listing.is_shown
    return [entry for entry in entries if is_shown is None or is_shown(account, request, entry)]


def _finder(
    account: Account, request: Listed, listing: Listing[Entry]
) -> Callable[[str], Entry | None]:
    if listing.find is not None:
        return partial(listing.find, account)
    return {listing.key(entry): entry for entry in listing.entries(account, request)}.get


def _rows(
    account: Account,
    request: Listed,
    listing: Listing[Entry],
    *,
    following: Iterable[tuple[str, Entry]],
) -> Iterator[tuple[Key, Row]]:
    """The rows of entries that pass the filters, one by one as they are asked for."""
    for key, entry in following:
        row = listing.row(account, entry)
        if not request.filters or filters.holds(row, request.filters, listing.filters):
            yield (key,), row
