"""The account of a scenario: who exists, and which IAM policies they carry."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sim.scenario.capacity_provider import Architecture
from sim.scenario.texts import AccountId, IamName, ImageId, JsonObject, ManagedPolicyName
from sim.strict_model import StrictModel

_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")


def _name_or_document(value: object) -> object:
    is_service = isinstance(value, str) and _SERVICE.fullmatch(value) is not None
    if is_service or isinstance(value, dict):
        return value
    raise ValueError(
        "this is no trust policy: expected a service such as `lambda.amazonaws.com`, or an IAM "
        "policy document"
    )


TrustPolicy = Annotated[str | JsonObject, BeforeValidator(_name_or_document)]


class InlinePolicy(StrictModel):
    """An IAM policy document with a name."""

    name: IamName
    """Name of the policy, unique among the inline policies of its owner."""
    document: JsonObject
    """The IAM policy document: any IAM JSON, written as YAML."""


class _Principal(StrictModel):
    name: IamName
    """Name in IAM, unique among the users or roles of the account."""
    managed_policies: Annotated[tuple[ManagedPolicyName, ...], Field(max_length=20)] = ()
    """AWS managed policies by name; `NAME@v4` pins a version, otherwise the newest known."""
    inline_policies: Annotated[tuple[InlinePolicy, ...], Field(max_length=100)] = ()
    """Policies written into this user or role."""


class User(_Principal):
    """A person or a pipeline that calls AWS."""


class Role(_Principal):
    """An IAM role, such as an operator role or an execution role."""

    trust_policy: TrustPolicy
    """Who may assume the role: a service such as `lambda.amazonaws.com`, or a full document."""

    def trust_document(self) -> JsonObject:
        """The trust policy as an IAM document, the short form written out."""
        if not isinstance(self.trust_policy, str):
            return self.trust_policy
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": self.trust_policy},
                    "Action": "sts:AssumeRole",
                }
            ],
        }


_AMAZONS = "ami-0000000000000"
"""Identifiers of the images of Amazon's that there are in every world begin like this."""


def _not_amazons(value: str) -> str:
    if value.startswith(_AMAZONS):
        raise ValueError(
            f"`{value}` may be an image of Amazon's: expected an id that does not begin with "
            f"`{_AMAZONS}`, such as `ami-own`"
        )
    return value


class Image(StrictModel):
    """A machine image that the account owns; Lambda never launches from one."""

    id: Annotated[ImageId, AfterValidator(_not_amazons)]
    """Identifier, unique among the images."""
    name: Annotated[str, Field(max_length=128)] = ""
    """Its name; left out: the identifier."""
    architecture: Architecture = Architecture.X86_64
    """Processor architecture of the instances that start from it."""


_Level = Annotated[tuple[InlinePolicy, ...], Field(min_length=1, max_length=20)]


class Account(StrictModel):
    """One AWS account with its users, roles and the guardrails above it."""

    id: AccountId
    """Account number, twelve digits as text."""
    users: Annotated[tuple[User, ...], Field(min_length=1, max_length=1000)]
    """Who calls AWS; at least one, because somebody creates the capacity providers."""
    roles: Annotated[tuple[Role, ...], Field(max_length=1000)] = ()
    """Roles that exist before the run starts."""
    service_control_policies: Annotated[tuple[_Level, ...], Field(max_length=8)] = ()
    """Guardrails of the organization by level, root first; every level must allow a call."""
    images: Annotated[
        tuple[Image, ...], Field(max_length=1000, exclude_if=lambda value: not value)
    ] = ()
    """Machine images of its own, for `ec2:RunInstances` in a script."""
    vcpu_quota: Annotated[
        int | None, Field(ge=0, le=2**31, exclude_if=lambda value: value is None)
    ] = None
    """EC2's quota of running On-Demand vCPUs of standard instances (L-1216C47A) of the account;
    without it, no quota binds. New accounts have few (5 to 32), AWS raises it on request."""
