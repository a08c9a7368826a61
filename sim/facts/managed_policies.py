"""Keeps the policy documents that AWS publishes, version by version, as they are."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.errors import LmisimError
from sim.facts.fact_files import data_folder


class UnknownManagedPolicyError(LmisimError):
    """No managed policy of that name, or no such version of it, is in the data."""


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """One version of a managed policy of AWS."""

    name: str
    arn: str
    version: str
    created_at: datetime
    document: Mapping[str, object]
    """The policy document, parsed JSON; a fresh copy for each caller."""


class _Version(BaseModel):
    """One version in the index of policies, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Annotated[str, Field(pattern=r"^v[1-9]\d*$")]
    created_at: datetime
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]+\.json$")]


class _Entry(BaseModel):
    """One policy in the index of policies, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    arn: Annotated[str, Field(pattern=r"^arn:aws:iam::aws:policy/")]
    default: str
    source: str
    versions: list[_Version]

    @model_validator(mode="after")
    def _default_is_one_of_the_versions(self) -> Self:
        if self.default not in [version.version for version in self.versions]:
            raise ValueError(f"default {self.default} is not a version")
        return self


def managed_policy(name: str, version: str | None = None) -> ManagedPolicy:
    """Return a managed policy by name, `NAME@v4` or NAME with a version, else the default version.

    The default of `AWSLambdaManagedEC2ResourceOperator` is v3, the document that the developer
    guide's operator-role page prints (v1 and v2 are identical to it); v4 and v5 add permissions.
    Raises UnknownManagedPolicyError, naming the nearest policies or the versions there are.
    """
    bare_name, _, asked = name.partition("@")
    entry = _index().get(bare_name)
    if entry is None:
        raise UnknownManagedPolicyError(_unknown_policy_message(bare_name))
    wanted = version or asked or entry.default
    for found in entry.versions:
        if found.version == wanted:
            return ManagedPolicy(
                name=bare_name,
                arn=entry.arn,
                version=found.version,
                created_at=found.created_at,
                document=_document(found.file),
            )
    versions = ", ".join(found.version for found in entry.versions)
    raise UnknownManagedPolicyError(
        f"managed policy `{bare_name}` has no version `{wanted}`: expected one of {versions}"
    )


def managed_policy_names() -> tuple[str, ...]:
    """Names of all managed policies in the data, sorted."""
    return tuple(sorted(_index()))


def managed_policy_versions(name: str) -> tuple[ManagedPolicy, ...]:
    """All versions of a managed policy, oldest first; raises UnknownManagedPolicyError."""
    if name not in _index():
        raise UnknownManagedPolicyError(_unknown_policy_message(name))
    return tuple(managed_policy(name, found.version) for found in _index()[name].versions)


def trust_policy_for_lambda() -> Mapping[str, object]:
    """Return a fresh copy of the trust policy that lets Lambda assume a role."""
    return _document("trust-policy-for-lambda.json")


@cache
def _index() -> Mapping[str, _Entry]:
    text = (data_folder() / "managed_policies.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return MappingProxyType({name: _Entry.model_validate(table) for name, table in tables.items()})


@cache
def _document_text(file_name: str) -> str:
    return (data_folder() / "policies" / file_name).read_text(encoding="utf-8")


def _document(file_name: str) -> Mapping[str, object]:
    document = json.loads(_document_text(file_name))
    assert isinstance(document, dict)
    return document


def _unknown_policy_message(name: str) -> str:
    near = get_close_matches(name, managed_policy_names(), n=3, cutoff=0.3)
    known = near or managed_policy_names()
    listed = ", ".join(f"`{candidate}`" for candidate in known)
    return f"managed policy `{name}` is not known: expected one of {listed}"
