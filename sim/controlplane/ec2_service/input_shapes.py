"""Members that many of EC2's inputs share. Source of names and ranges: EC2's service model."""

from typing import Annotated

from pydantic import Field

from sim.controlplane.api_input import ApiInput


class Tag(ApiInput):
    """A tag to put on, or to take off."""

    key: str = ""
    """Key of the tag."""
    value: str = ""
    """Value of the tag."""


class TagSpecification(ApiInput):
    """Tags for what a call makes."""

    resource_type: str = ""
    """Kind of resource that gets the tags, such as `vpc`."""
    tags: list[Tag] = []
    """The tags."""


class Filter(ApiInput):
    """A condition on what a Describe call shows."""

    name: str = ""
    """Name of the filter, such as `vpc-id` or `tag:Name`."""
    values: list[str] = []
    """Values of which one must match; `*` and `?` stand for letters."""


class Ec2Input(ApiInput):
    """What every call of EC2 may carry."""

    dry_run: bool = False
    """Only ask whether the call would be permitted."""


class Tagged(Ec2Input):
    """A call that makes something that can be tagged at once."""

    tag_specifications: list[TagSpecification] = []
    """Tags for what is made."""


class Listed(Ec2Input):
    """A Describe call with filters."""

    filters: list[Filter] = []
    """Conditions that all must hold."""


class FreelyPaged(Listed):
    """One that goes page by page, where EC2's model leaves the range to its documentation."""

    next_token: str | None = None
    """Where the page begins; from the page before."""
    max_results: int | None = None
    """Most entries of a page, 5 to 1000; left out: all in one."""


class Paged(FreelyPaged):
    """The same where EC2's model has the range."""

    max_results: Annotated[int, Field(ge=5, le=1000)] | None = None
    """Most entries of a page; left out: all in one."""


class NarrowlyPaged(FreelyPaged):
    """The same with smaller pages."""

    max_results: Annotated[int, Field(ge=5, le=100)] | None = None
    """Most entries of a page; left out: all in one."""
