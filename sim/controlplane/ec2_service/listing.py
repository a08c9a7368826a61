"""How every Describe call of EC2 goes: who may, which entries, which filters, which page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.controlplane.account import Account, Call
from sim.controlplane.ec2_service import filters
from sim.controlplane.ec2_service.errors import (
    bad_combination,
    invalid_token,
    invalid_value,
    not_found,
)
from sim.controlplane.ec2_service.filters import Row
from sim.controlplane.ec2_service.input_shapes import Ec2Input, Filter
from sim.controlplane.pages import InvalidMarkerError, page_of
from sim.engine.ec2 import DRY_RUN
from sim.engine.ec2_authorization import Ec2Place, describe_check
from sim.model.api_results import ApiError, ApiResult, ApiSuccess

_PAGE_MIN, _PAGE_MAX = 5, 1000
"""Range of `MaxResults` where EC2's model has none. Source: EC2 API Reference, pagination."""
_EVERYTHING = 10**9

Rows = Callable[[Account, Any], Iterable[Row] | ApiError]
"""Takes the account and the input; every entry that a list without filters shows."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is particular about one Describe call."""

    member: str
    """Member of the answer that has the entries."""
    rows: Rows
    filters: Mapping[str, str]
    """Path of members by the name of the filter."""
    name: str = ""
    """Member of an entry that names it; empty if no single one does."""
    wanted: str = ""
    """Field of the input with the names that are asked for; empty if there is none."""
    knows_names: bool = False
    """Whether `rows` looks for the names by itself and says which there are not."""
    nobody: Callable[[str], ApiError] = not_found
    """The answer about a name that does not exist."""
    page_max: int = _EVERYTHING
    """Most entries of a page that is asked for without `MaxResults`."""
    key: Callable[[Row], str] | None = None
    """What orders the entries, unique; None: their name."""

    def order(self, row: Row) -> str:
        """The key that an entry is found again by."""
        return self.key(row) if self.key else str(row[self.name])


def describe(account: Account, call: Call, request: Ec2Input, listing: Listing) -> ApiResult:
    """Answer a Describe call; entries come in the order of their names."""
    wanted: Sequence[str] = getattr(request, listing.wanted, ()) if listing.wanted else ()
    asked_filters = filters_of(request)
    size = getattr(request, "max_results", None)
    refusal = (
        account.refusal(call, describe_check(call.operation, place_of(account)))
        or (DRY_RUN if request.dry_run else None)
        or account.world.ec2.admit(
            call.operation, is_unfiltered=not (wanted or asked_filters or size)
        )
        or _page_refusal(wanted, size, getattr(request, "next_token", None))
        or filters.refusal(asked_filters, listing.filters, most=filter_values_max(account))
    )
    rows = refusal or listing.rows(account, request)
    if isinstance(rows, ApiError):
        return rows
    chosen = _chosen(list(rows), wanted, listing)
    if isinstance(chosen, ApiError):
        return chosen
    kept = [row for row in chosen if filters.holds(row, asked_filters, listing.filters)]
    return _paged(kept, request, listing)


def place_of(account: Account) -> Ec2Place:
    """Where the ARNs of the account's EC2 resources lie."""
    return Ec2Place(account.region, account.account_id)


def filters_of(request: Ec2Input) -> Sequence[Filter]:
    """The filters of a call; some call the member `Filter`."""
    found: Sequence[Filter] = getattr(request, "filters", ()) or getattr(request, "filter", ())
    return found


def filter_values_max(account: Account) -> int:
    """Most values of one filter."""
    return account.facts.integer("ec2.filter_values_max")


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


def _chosen(rows: list[Row], wanted: Sequence[str], listing: Listing) -> list[Row] | ApiError:
    """The entries with the names asked for; all without names."""
    if not wanted or listing.knows_names:
        return rows
    known = {str(row[listing.name]): row for row in rows}
    unknown = [name for name in wanted if name not in known]
    return listing.nobody(unknown[0]) if unknown else [known[n] for n in dict.fromkeys(wanted)]


def _paged(rows: list[Row], request: Ec2Input, listing: Listing) -> ApiResult:
    size = getattr(request, "max_results", None) or listing.page_max
    try:
        page = page_of(
            ((listing.order(row), row) for row in rows),
            marker=getattr(request, "next_token", None),
            entries_max=size,
        )
    except InvalidMarkerError:
        return invalid_token()
    output: dict[str, object] = {listing.member: [dict(row) for row in page.entries]}
    return ApiSuccess(output if page.marker is None else {**output, "NextToken": page.marker})
