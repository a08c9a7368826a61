"""Equal requests under the very same policies have equal decisions, so one is made of them.

INVARIANT: nothing is remembered across a change: a policy that changes is another object, and
everything else that a decision depends on stands in the request. The time is part of it only where
a policy asks for it, or where the decision tells it: a denial is encoded with all that was known.
"""

from collections.abc import Callable, Iterator, Mapping

from sim.iam import Decision, Policy, PolicySet, Request
from sim.model.authorization import AuthorizationCheck

_REMEMBERED_MAX = 4096
_TIME = "aws:CurrentTime"

_Context = Mapping[str, tuple[str, ...]]
_Key = tuple[object, ...]


class DecisionMemory:
    """Asks only about what it has not been asked before."""

    def __init__(self, evaluate: Callable[[Request, PolicySet], Decision]) -> None:
        self._evaluate = evaluate
        self._decisions: dict[_Key, Decision] = {}
        """A decision holds its policies, so no other policy takes the identity of one of them."""

    def decide(
        self,
        check: AuthorizationCheck,
        policies: PolicySet,
        *,
        principal: str,
        context: _Context,
    ) -> Decision:
        """What `evaluate` says of the request of a principal, whose context is all that is known.

        The request is only made, and read, where nothing is remembered of it.
        """
        always = _key(check, policies, principal, _without_time(context))
        decision = self._decisions.get(always)
        if decision is not None:
            return decision
        now = (always, context.get(_TIME))
        decision = self._decisions.get(now)
        if decision is None:
            decision = self._evaluate(
                Request(
                    principal=principal,
                    action=check.action,
                    resource=check.resource,
                    context=context,
                ),
                policies,
            )
            if len(self._decisions) >= _REMEMBERED_MAX:
                self._decisions.clear()
            is_timeless = decision.is_allowed and not _asks_for_time(policies)
            self._decisions[always if is_timeless else now] = decision
        return decision


def _key(check: AuthorizationCheck, policies: PolicySet, principal: str, context: _Key) -> _Key:
    return (principal, check.action, check.resource, context, _identities(policies))


def _without_time(context: _Context) -> _Key:
    return tuple([item for item in context.items() if item[0] != _TIME])


def _asks_for_time(policies: PolicySet) -> bool:
    """Whether the key of the time stands anywhere in a policy; names of keys have no case."""
    return any(_TIME.lower() in str(policy.document).lower() for policy in _all(policies))


def _all(policies: PolicySet) -> Iterator[Policy]:
    yield from policies.identity
    yield from policies.session or ()
    for level in (*policies.scp, *policies.rcp):
        yield from level
    yield from (policy for policy in (policies.boundary, policies.resource) if policy)


def _identities(policies: PolicySet) -> _Key:
    """Which objects the policies are, layer by layer."""
    session = policies.session
    return (
        _ids(policies.identity),
        id(policies.boundary),
        tuple(map(_ids, policies.scp)),
        tuple(map(_ids, policies.rcp)),
        None if session is None else _ids(session),
        id(policies.resource),
    )


def _ids(policies: tuple[Policy, ...]) -> tuple[int, ...]:
    return tuple(map(id, policies))
