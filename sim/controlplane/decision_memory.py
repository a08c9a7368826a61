"""Equal requests under the very same policies have equal decisions, so one is made of them.

INVARIANT: nothing is remembered across a change: a policy that changes is another object, and
everything else that a decision depends on, the time included, stands in the request.
"""

from collections.abc import Callable, Mapping

from sim.iam import Decision, Policy, PolicySet, Request
from sim.model.authorization import AuthorizationCheck

_REMEMBERED_MAX = 4096


class DecisionMemory:
    """Asks only about what it has not been asked before."""

    def __init__(self, evaluate: Callable[[Request, PolicySet], Decision]) -> None:
        self._evaluate = evaluate
        self._decisions: dict[tuple[object, ...], Decision] = {}
        """A decision holds its policies, so no other policy takes the identity of one of them."""

    def decide(
        self,
        check: AuthorizationCheck,
        policies: PolicySet,
        *,
        principal: str,
        context: Mapping[str, tuple[str, ...]],
    ) -> Decision:
        """What `evaluate` says of the request of a principal, whose context is all that is known.

        The request is only made, and read, where nothing is remembered of it.
        """
        key = (
            principal,
            check.action,
            check.resource,
            tuple(context.items()),
            _identities(policies),
        )
        decision = self._decisions.get(key)
        if decision is None:
            if len(self._decisions) >= _REMEMBERED_MAX:
                self._decisions.clear()
            request = Request(
                principal=principal,
                action=check.action,
                resource=check.resource,
                context=context,
            )
            decision = self._decisions[key] = self._evaluate(request, policies)
        return decision


def _identities(policies: PolicySet) -> tuple[object, ...]:
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
