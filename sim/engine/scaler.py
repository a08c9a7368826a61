"""The scaler: decides on its tick how many environments every version should have, and says why.

What it would decide and say again it does not: an idle version is looked at, and no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle, Priority
from sim.engine.lambda_agents import Load
from sim.model.capacity_provider import CapacityProvider
from sim.model.function_version import FunctionVersion
from sim.model.journal_entries import ScalingDecided
from sim.model.states import CapacityProviderState, FunctionVersionState
from sim.scaling.decision import ScalingAction, ScalingDecision, VersionView


class ScalingPolicy(Protocol):
    """How many environments a version should have."""

    def decide(self, view: VersionView) -> ScalingDecision:
        """A pure function of what is seen."""
        ...


@dataclass(slots=True)
class _Memory:
    scaled_out_us: int | None = None
    scaled_in_us: int | None = None
    low_since_us: int | None = None
    settled_sight: "_Sight | None" = None
    """What was seen when it was decided what no time changes; None if time may."""
    said: ScalingDecided | None = None
    """The last entry about the version."""


class _Sight(NamedTuple):
    """All that a decision depends on besides the time and earlier decisions."""

    policy: "ScalingPolicy"
    load: Load
    ready_count: int
    desired_count: int
    count_min: int
    count_max: int


class Scaler:
    """Decides for all versions of all providers, then lets the reconciler act."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        providers: Mapping[str, CapacityProvider],
        policy: Callable[[CapacityProvider], ScalingPolicy],
        load: Callable[[int], Load],
        reconcile: Callable[[CapacityProvider], None],
        tick_us: int,
    ) -> None:
        self._kernel = foundation.kernel
        self._journal = foundation.journal
        self._providers = providers
        self._policy = policy
        self._load = load
        self._reconcile = reconcile
        self._tick_us = tick_us
        self._memories: dict[str, _Memory] = {}
        self._requested: set[str] = set()

    def start(self) -> None:
        """Begin to tick."""
        self._kernel.start(self._tick())

    def request(self, provider_name: str) -> None:
        """Reconcile a provider at the end of this instant, once however often it is asked."""
        if provider_name in self._requested:
            return
        self._requested.add(provider_name)
        self._kernel.call_at(
            self._kernel.now_us, Priority.SCALER, lambda: self._answer_request(provider_name)
        )

    def forget(self, version_arn: str) -> None:
        """Forget what was seen of a version that is gone: its name may come again."""
        self._memories.pop(version_arn, None)

    def _answer_request(self, provider_name: str) -> None:
        self._requested.discard(provider_name)
        self._reconcile(self._providers[provider_name])

    def _tick(self) -> Lifecycle:
        while True:
            yield self._kernel.wait(self._tick_us, Priority.SCALER)
            for provider in self._providers.values():
                if provider.state is CapacityProviderState.ACTIVE:
                    policy = self._policy(provider)
                    for version in provider.versions.values():
                        if version.state is FunctionVersionState.ACTIVE:
                            self._decide(policy, version)
                if provider.state is not CapacityProviderState.GONE:
                    self._reconcile(provider)

    def _decide(self, policy: ScalingPolicy, version: FunctionVersion) -> None:
        memory = self._memories.get(version.arn)
        if memory is None:
            memory = self._memories[version.arn] = _Memory()
        sight = _Sight(
            policy,
            self._load(version.function_index),
            version.ready_count(),
            version.desired_count,
            version.count_min,
            version.count_max,
        )
        if sight == memory.settled_sight:
            return
        view = self._view(sight, memory)
        decision = policy.decide(view)
        self._remember(memory, decision, view.now_us)
        memory.settled_sight = sight if decision.is_settled else None
        version.desired_count = decision.desired_count
        self._record(version, memory, view, decision)

    def _view(self, sight: _Sight, memory: _Memory) -> VersionView:
        load = sight.load
        return VersionView(
            now_us=self._kernel.now_us,
            ready_count=sight.ready_count,
            desired_count=sight.desired_count,
            count_min=sight.count_min,
            count_max=sight.count_max,
            measured_count=load.environment_count,
            cpu_fraction=load.cpu_fraction,
            concurrency_fraction=load.concurrency_fraction,
            scaled_out_us=memory.scaled_out_us,
            scaled_in_us=memory.scaled_in_us,
            low_since_us=memory.low_since_us,
        )

    def _remember(self, memory: _Memory, decision: ScalingDecision, now_us: int) -> None:
        if not decision.is_low:
            memory.low_since_us = None
        elif memory.low_since_us is None:
            memory.low_since_us = now_us
        if decision.action is ScalingAction.SCALE_OUT:
            memory.scaled_out_us = now_us
        elif decision.action is ScalingAction.SCALE_IN:
            memory.scaled_in_us = now_us

    def _record(
        self,
        version: FunctionVersion,
        memory: _Memory,
        view: VersionView,
        decision: ScalingDecision,
    ) -> None:
        """Write the decision down, unless the last entry says the same."""
        entry = ScalingDecided(
            time_us=view.now_us,
            function=version.function,
            version=version.version,
            capacity_provider=version.capacity_provider,
            ready_count=view.ready_count,
            starting_count=max(0, view.desired_count - view.ready_count),
            desired_count=decision.desired_count,
            cpu_fraction=view.cpu_fraction,
            concurrency_fraction=view.concurrency_fraction,
            action=decision.action.value,
            reason=decision.reason,
        )
        said = memory.said
        # The reason tells most of them apart, and is compared sooner than the whole.
        if said and said.reason == entry.reason and replace(said, time_us=entry.time_us) == entry:
            return
        memory.said = entry
        self._journal.append(entry)
