"""Inputs of Organizations' operations on policies. Source of members: its API reference."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.controlplane.api_input import ApiInput

PolicyId = Annotated[str, Field(max_length=130, pattern=r"^p-[0-9a-zA-Z_]{8,128}$")]
TargetId = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^(r-[0-9a-z]{4,32})|([0-9]{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$",
    ),
]
TypeOfPolicy = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
Content = dict[str, object] | Annotated[str, Field(min_length=1, pattern=r"^[\s\S]*$")]


class CreatePolicy(ApiInput):
    """Organizations `CreatePolicy`."""

    content: Content
    """The policy, as JSON text or as the document itself."""
    description: Annotated[str, Field(max_length=512, pattern=r"^[\s\S]*$")]
    """What the policy is for; it may be empty."""
    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\s\S]*$")]
    """Name, unique among the organization's policies."""
    type: TypeOfPolicy
    """Whether it guards callers or resources."""


class NamedPolicy(ApiInput):
    """Organizations `DeletePolicy`."""

    policy_id: PolicyId
    """Identifier of the policy."""


class PolicyTarget(ApiInput):
    """Organizations `AttachPolicy`, `DetachPolicy`."""

    policy_id: PolicyId
    """Identifier of the policy."""
    target_id: TargetId
    """The account; levels above it are the scenario's and stay as they are."""


class ListPoliciesForTarget(ApiInput):
    """Organizations `ListPoliciesForTarget`."""

    target_id: TargetId
    """The account."""
    filter: TypeOfPolicy
    """Kind of policies to list."""
    next_token: Annotated[str, Field(max_length=100_000, pattern=r"^[\s\S]*$")] | None = None
    """The token that the page before gave; left out: the first page."""
    max_results: Annotated[int, Field(ge=1, le=20)] = 20
    """Most entries of the page."""


INPUT_TYPES: Mapping[str, type[ApiInput]] = {
    "organizations:CreatePolicy": CreatePolicy,
    "organizations:AttachPolicy": PolicyTarget,
    "organizations:DetachPolicy": PolicyTarget,
    "organizations:DeletePolicy": NamedPolicy,
    "organizations:ListPoliciesForTarget": ListPoliciesForTarget,
}
"""Input shape of every operation of Organizations that there is."""
