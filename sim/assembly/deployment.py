"""Makes the calls of a scenario in time, as tools of deployment do: a new role is waited for.

IAM spreads what is new in some seconds, and until then Lambda answers that the operator role is
invalid. Terraform and others try again for a while (facts `deployment.role_retry_*`); what needs
the provider waits so long. Scripts do not: they are what a person does.
"""

from collections.abc import Callable
from functools import partial

from sim.assembly.set_up import SetUpCall
from sim.controlplane.errors import OPERATOR_ROLE_INVALID
from sim.engine.kernel import Kernel, Priority
from sim.facts import Catalogue
from sim.model.api_results import ApiError, ApiResult


class Deployment:
    """Makes planned calls; those of a provider that is being tried again come after it."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        make: Callable[[SetUpCall], ApiResult],
        facts: Catalogue,
    ) -> None:
        """`make` carries out one call at the present instant."""
        self._kernel = kernel
        self._call = make
        self._period_us = facts.duration_us("deployment.role_retry_period")
        self._span_us = facts.duration_us("deployment.role_retry_span")
        self._waiting: dict[str, list[SetUpCall]] = {}
        """Calls that wait for a provider that is being tried again, in their order."""

    def plan(self, planned: SetUpCall) -> None:
        """Make a call at its time, or later if its provider is late."""
        self._kernel.call_at(planned.at_us, Priority.SCRIPT, partial(self._make, planned))

    def _make(self, planned: SetUpCall) -> None:
        if planned.creates:
            self._create(planned)
        elif planned.needs in self._waiting:
            self._waiting[planned.needs].append(planned)
        else:
            self._call(planned)

    def _create(self, planned: SetUpCall) -> None:
        """Create a provider; of a role that is not known yet that is tried again for a while."""
        answer = self._call(planned)
        is_retried = (
            isinstance(answer, ApiError)
            and OPERATOR_ROLE_INVALID in answer.message
            and self._kernel.now_us + self._period_us <= planned.at_us + self._span_us
        )
        if is_retried:
            self._waiting.setdefault(planned.creates, [])
            again_us = self._kernel.now_us + self._period_us
            self._kernel.call_at(again_us, Priority.SCRIPT, partial(self._create, planned))
            return
        late_by_us = self._kernel.now_us - planned.at_us
        for waiting in self._waiting.pop(planned.creates, ()):
            at_us = max(self._kernel.now_us, waiting.at_us + late_by_us)
            self._kernel.call_at(at_us, Priority.SCRIPT, partial(self._make, waiting))
