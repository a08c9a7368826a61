"""Client tokens: a RunInstances request that succeeded is never carried out a second time.

Source: EC2 API Reference, ensuring idempotency. A token is valid for at least 24 hours after the
termination of its instances; here it is valid for ever, for a good client uses none twice.
"""

from collections.abc import Sequence

from sim.engine.ec2_authorization import RunInstancesRequest
from sim.model.api_results import ApiError
from sim.model.identifiers import InstanceId


class ClientTokens:
    """What every token stands for: the first request that succeeded with it, and its instances."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[RunInstancesRequest, tuple[InstanceId, ...]]] = {}

    def recall(self, request: RunInstancesRequest) -> tuple[InstanceId, ...] | ApiError | None:
        """What an earlier request with this token made; None when the request is a new one.

        The same token with another request is refused.
        """
        known = self._spent.get(request.client_token)
        if known is None:
            return None
        first, made = known
        if first == request:
            return made
        return ApiError(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in previous "
            "request(s).",
        )

    def spend(self, request: RunInstancesRequest, made: Sequence[InstanceId]) -> None:
        """Remember a request that succeeded; one without a token is not remembered."""
        if request.client_token:
            assert request.client_token not in self._spent, "a token is spent once"
            self._spent[request.client_token] = (request, tuple(made))

    def made_with(self, client_token: str) -> tuple[InstanceId, ...]:
        """Instances made with a token, as the filter `client-token` finds them."""
        known = self._spent.get(client_token)
        return known[1] if known else ()
