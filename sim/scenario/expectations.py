"""What must be true of the world at a time: each expectation a `kind` and what it is about."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.expected_count import SOME, CountText, ExpectedCount
from sim.scenario.texts import CallerName, ErrorCode, IamName, Name
from sim.strict_model import StrictModel
from sim.units import DurationUs

_Text = Annotated[str, Field(min_length=1, max_length=2000)]
_Action = Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Z][a-zA-Z0-9]*$", max_length=128)]
_Actions = Annotated[tuple[_Action, ...], Field(max_length=100)]


class _Expectation(StrictModel):
    at: Annotated[DurationUs | None, Field(exclude_if=lambda value: value is None)] = None
    """When it is judged, counted from the first traffic; left out: at the end of the run."""


class ProviderExpected(_Expectation):
    """A capacity provider is in a state."""

    kind: Literal["capacity_provider"] = "capacity_provider"
    name: Name
    """Name of the provider."""
    state: Literal["Pending", "Active", "Failed", "Deleting", "absent"]
    """Its state as `GetCapacityProvider` shows it; `absent` when there is no such provider."""


class VersionExpected(_Expectation):
    """A function version is in a state."""

    kind: Literal["function_version"] = "function_version"
    function: Name
    """Name of the function."""
    version: Annotated[str, Field(pattern=r"^[$A-Z0-9._]+$", max_length=40)] = "1"
    """Number of the version."""
    state: Literal[
        "Pending", "Active", "Deactivating", "Deactivated", "Failed", "Deleting", "absent"
    ]
    """Its state; `absent` when it was never published or is gone."""
    state_reason_code: ErrorCode | None = None
    """Lambda's reason for the state, such as `InsufficientRolePermissions`."""


class InstancesExpected(_Expectation):
    """So many managed instances, of one provider or of all."""

    kind: Literal["managed_instances"] = "managed_instances"
    capacity_provider: Name | None = None
    """Name of the provider; left out: all."""
    running: CountText | None = None
    """Those that EC2 shows as running."""
    existing: CountText | None = None
    """Those that are not terminated."""
    launched: CountText | None = None
    """All that were ever launched."""
    terminated: CountText | None = None
    """All that are terminated."""

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if not self.counts():
            raise ValueError(
                "nothing is counted: expected `running`, `existing`, `launched` or `terminated`"
            )
        return self

    def counts(self) -> dict[str, ExpectedCount]:
        """The counts that are asked for, by their names."""
        names = ("running", "existing", "launched", "terminated")
        every = {name: getattr(self, name) for name in names}
        return {name: count for name, count in every.items() if count is not None}


class CallsExpected(_Expectation):
    """So many calls of an operation with an outcome, made by people or by AWS."""

    kind: Literal["calls"] = "calls"
    operation: _Action
    """Service and operation, such as `ec2:RunInstances`."""
    by: CallerName | None = None
    """Who called: a user, `role/NAME`, or a service such as `lambda.amazonaws.com`."""
    not_by: CallerName | None = None
    """Who did not: calls of everybody else are counted."""
    fails_with: ErrorCode | None = None
    """Count calls that failed with this code; left out: those that succeeded."""
    text_contains: _Text | None = None
    """Words in the message of the error, in the resource or in the details of the call."""
    since: DurationUs | None = None
    """Count calls from this time on; left out: from the beginning of the world."""
    count: CountText = SOME
    """How many; left out: at least one."""


class OrderExpected(_Expectation):
    """Before each successful call of one kind there was one of another kind."""

    kind: Literal["order"] = "order"
    first: _Action
    """Operation that has to come before."""
    first_by: CallerName | None = None
    """Who makes it."""
    then: _Action
    """Operation that comes later; there must be at least one."""
    then_by: CallerName | None = None
    """Who makes it."""
    same_things: bool = False
    """Whether the earlier call has to name the same things, such as the same instances."""


class DecisionsExpected(_Expectation):
    """So many decisions of IAM about an action, with what decided them."""

    kind: Literal["decisions"] = "decisions"
    action: _Action
    """Action that was decided, such as `ec2:CreateTags`."""
    resource: _Text = "*"
    """ARN of the resource, `*` and `?` are wildcards."""
    by: CallerName | None = None
    """Whose calls: a user, `role/NAME`, or a service."""
    result: Literal["allowed", "denied"]
    """What was decided."""
    layer: _Text | None = None
    """What decided: `identity policy`, `service control policy`, `resource policy`..."""
    statement: _Text | None = None
    """The deciding statement: its Sid, or `statement 2`."""
    count: CountText = SOME
    """How many; left out: at least one."""


class LinkedRoleExpected(_Expectation):
    """The service-linked role is there or not."""

    kind: Literal["service_linked_role"] = "service_linked_role"
    exists: bool
    """Whether it is there."""
    created: CountText | None = None
    """How often it was created so far."""


class PermissionExpected(_Expectation):
    """What IAM would answer somebody at that time; nobody calls."""

    kind: Literal["permission"] = "permission"
    caller: CallerName
    """A user, or `role/NAME`."""
    action: _Action
    """Action, such as `ec2:TerminateInstances`."""
    resource: _Text = "*"
    """ARN of the resource."""
    context: Annotated[dict[str, str], Field(max_length=20)] = Field(default_factory=dict)
    """Condition keys of the request, such as `ec2:ManagedResourceOperator`."""
    result: Literal["allowed", "denied"]
    """The answer."""


class PreflightExpected(_Expectation):
    """What `lmisim iam check` finds missing in the scenario as it is written."""

    kind: Literal["preflight"] = "preflight"
    missing: _Actions
    """Every action that is needed somewhere and denied, in alphabetical order; `[]` for none."""


class ExcessExpected(_Expectation):
    """What an operator role's policies allow beyond AWS's managed policy in its newest version."""

    kind: Literal["excess"] = "excess"
    role: IamName
    """Name of the role."""
    actions: _Actions
    """Actions that are allowed to it on more than they should be, in alphabetical order."""


WorldExpectation = Annotated[
    ProviderExpected
    | VersionExpected
    | InstancesExpected
    | CallsExpected
    | OrderExpected
    | DecisionsExpected
    | LinkedRoleExpected
    | PermissionExpected
    | PreflightExpected
    | ExcessExpected,
    Field(discriminator="kind"),
]
