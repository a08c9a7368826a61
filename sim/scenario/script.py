"""Calls to AWS that a scenario makes at chosen times, and what must come of each."""

import json
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sim.scenario.texts import CallerName, ErrorCode, JsonObject, OperationName
from sim.strict_model import StrictModel
from sim.units import DurationUs

SUCCEEDS = "succeeds"
"""The short form of an expectation: the call must succeed, whatever it answers."""


def _written_out(value: object) -> object:
    if value == SUCCEEDS:
        return {}
    if isinstance(value, dict):
        return value
    raise ValueError(
        f"`{str(value)[:40]}` is no outcome of a call: expected `{SUCCEEDS}`, or a mapping such as "
        "`fails_with: ResourceConflictException`"
    )


class CallOutcome(StrictModel):
    """What a call must come to; with nothing written, it must succeed."""

    fails_with: Annotated[ErrorCode | None, Field(exclude_if=lambda value: value is None)] = None
    """Code of the error that AWS must answer, such as `ResourceConflictException`."""
    message_contains: Annotated[
        str | None, Field(min_length=1, max_length=2000, exclude_if=lambda value: value is None)
    ] = None
    """Words that the message of the error must contain; only with `fails_with`."""
    answers: Annotated[JsonObject | None, Field(exclude_if=lambda value: value is None)] = None
    """Members that a successful answer must have: of mappings and lists, at least these."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.message_contains and not self.fails_with:
            raise ValueError("only an error has a message: expected `fails_with` beside it")
        if self.answers is not None and self.fails_with:
            raise ValueError("an error answers no members: expected `fails_with` or `answers`")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Editors take the short form too."""
        written = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [{"const": SUCCEEDS}, written]}

    def __str__(self) -> str:
        """The outcome in words: `fails with CODE`."""
        if self.fails_with is None:
            if self.answers is None:
                return SUCCEEDS
            return f"{SUCCEEDS}, answers {json.dumps(self.answers)}"
        words = f"fails with {self.fails_with}"
        return f"{words}: ...{self.message_contains}..." if self.message_contains else words


Expected = Annotated[CallOutcome, BeforeValidator(_written_out)]


class Call(StrictModel):
    """One control-plane call; what AWS answers, a refusal too, is part of the run's record."""

    at: DurationUs
    """When, counted from the first traffic; before the end of the run."""
    caller: CallerName
    """Who calls: the name of a user, or `role/NAME` for a session of a role, as code that runs with
    it in Lambda has one; that of a service-linked role only Lambda itself could have."""
    operation: OperationName
    """Service and operation, such as `iam:PutRolePolicy`."""
    input: JsonObject = Field(default_factory=dict)
    """Parameters under AWS's own names, such as `RoleName`."""
    expect: Annotated[Expected | None, Field(exclude_if=lambda value: value is None)] = None
    """What must come of it: `succeeds`, or `fails_with: CODE`. When it is something else, the run
    fails. Without it, any outcome is right."""

    @property
    def must_fail(self) -> bool:
        """Whether AWS has to refuse the call: then its input may be wrong on purpose."""
        return self.expect is not None and self.expect.fails_with is not None
