"""A trace retells an evaluation by layer: what matched, what nearly did, and which part failed."""

from dataclasses import dataclass

from sim.iam.conditions import ConditionTrace
from sim.iam.documents import Policy
from sim.iam.policy_set import Layer, PolicyLayer, PolicySet
from sim.iam.principals import Naming
from sim.iam.requests import Request
from sim.iam.statements import Effect, Statement


@dataclass(frozen=True, slots=True)
class StatementReference:
    """Where a statement stands."""

    layer: Layer
    policy_name: str
    policy_arn: str | None
    index: int
    """Place in the document, from 0."""
    sid: str | None
    pointer: str
    """JSON pointer into the document."""

    @property
    def name(self) -> str:
        """Its Sid, or `statement 2`."""
        return self.sid or f"statement {self.index + 1}"

    def __str__(self) -> str:
        """The statement and the policy, such as `LaunchManaged of Operator`."""
        return f"{self.name} of {self.policy_name}"


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """What one statement made of the request."""

    reference: StatementReference
    effect: Effect
    action_matches: bool
    resource_matches: bool
    principal_matches: bool
    conditions: tuple[ConditionTrace, ...]

    @property
    def failed_conditions(self) -> tuple[ConditionTrace, ...]:
        """The conditions that the request does not satisfy."""
        return tuple(condition for condition in self.conditions if not condition.is_satisfied)

    @property
    def is_match(self) -> bool:
        """Whether the statement applies to the request."""
        return self.action_matches and not self.obstacles

    @property
    def is_near(self) -> bool:
        """Whether the statement covers the action and fails in one other part only."""
        return self.action_matches and len(self.obstacles) == 1

    @property
    def obstacles(self) -> tuple[str, ...]:
        """The parts besides the action that fail."""
        parts = {
            "resource": self.resource_matches,
            "principal": self.principal_matches,
            "condition": not self.failed_conditions,
        }
        return tuple(part for part, is_passed in parts.items() if not is_passed)


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """What one layer (one level of it, for the organization's) made of the request."""

    layer: Layer
    level: int
    matched: tuple[StatementTrace, ...]
    near: tuple[StatementTrace, ...]

    @property
    def denies(self) -> bool:
        """Whether a Deny applies."""
        return any(statement.effect is Effect.DENY for statement in self.matched)

    @property
    def allows(self) -> bool:
        """Whether an Allow applies and no Deny does."""
        return bool(self.matched) and not self.denies


def reference_to(layer: Layer, policy: Policy, statement: Statement) -> StatementReference:
    """Where a statement of a layer's policy stands."""
    return StatementReference(
        layer=layer,
        policy_name=policy.name,
        policy_arn=policy.arn,
        index=statement.index,
        sid=statement.sid,
        pointer=statement.pointer,
    )


def trace_layers(request: Request, policies: PolicySet) -> tuple[LayerTrace, ...]:
    """Trace every layer that applies to the caller."""
    return tuple(_trace_layer(request, layer) for layer in policies.layers_for(request))


def _trace_layer(request: Request, layer: PolicyLayer) -> LayerTrace:
    traces = [
        _trace_statement(request, statement, reference_to(layer.layer, policy, statement))
        for policy in layer.policies
        for statement in policy.statements
    ]
    return LayerTrace(
        layer=layer.layer,
        level=layer.level,
        matched=tuple(trace for trace in traces if trace.is_match),
        near=tuple(trace for trace in traces if trace.is_near),
    )


def _trace_statement(
    request: Request, statement: Statement, reference: StatementReference
) -> StatementTrace:
    resources = statement.resources
    return StatementTrace(
        reference=reference,
        effect=statement.effect,
        action_matches=statement.actions.matches(request),
        resource_matches=resources is None or resources.matches(request),
        principal_matches=statement.naming(request) > Naming.NOBODY,
        conditions=tuple(
            condition.trace(request.folded_context) for condition in statement.conditions
        ),
    )
