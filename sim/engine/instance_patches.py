"""Patch waves: all instances that run an old image are replaced, some at a time, oldest first.

Source: Lambda developer guide, LMI security (Lambda patches by replacing instances). When, and how
many at a time, is not published: facts `managed_instance.patch_period` and `patch_wave_fraction`.
"""

import math
from collections.abc import Mapping

from sim.engine.foundation import Foundation
from sim.engine.kernel import Lifecycle
from sim.engine.managed_instances import ManagedInstances
from sim.engine.timings import Timings
from sim.model.capacity_provider import CapacityProvider
from sim.model.states import CapacityProviderState, EndReason, ManagedInstanceState


class InstancePatches:
    """Replaces the fleet of every provider, period by period."""

    def __init__(
        self,
        *,
        foundation: Foundation,
        timings: Timings,
        providers: Mapping[str, CapacityProvider],
        managed_instances: ManagedInstances,
    ) -> None:
        self._kernel = foundation.kernel
        self._timings = timings
        self._providers = providers
        self._managed_instances = managed_instances
        self._patching: set[str] = set()
        """Names of providers whose waves are under way."""

    def start(self) -> None:
        """Begin to patch at every whole period; a period of zero means never."""
        if self._timings.patch_period_us:
            self._kernel.start(self._periods())

    def patch(self) -> None:
        """Lever: a new image is out; what runs now is replaced in waves.

        Providers that are still busy with the last one are left to it.
        """
        for provider in list(self._providers.values()):
            is_active = provider.state is CapacityProviderState.ACTIVE
            if is_active and provider.name not in self._patching:
                self._patching.add(provider.name)
                self._kernel.start(self._waves(provider))

    def _periods(self) -> Lifecycle:
        while True:
            yield self._kernel.wait(self._timings.patch_period_us)
            self.patch()

    def _waves(self, provider: CapacityProvider) -> Lifecycle:
        """One wave after the other; the next begins when the last instance of this one is gone."""
        old = [i for i in provider.instances.values() if i.state is ManagedInstanceState.READY]
        size = max(1, math.floor(len(old) * self._timings.patch_wave_fraction))
        for first in range(0, len(old), size):
            wave = old[first : first + size]
            for instance in wave:
                self._managed_instances.retire(provider, instance, EndReason.PATCHED)
            while any(i.state is not ManagedInstanceState.TERMINATED for i in wave):
                yield self._kernel.wait(self._timings.scaler_tick_us)
        self._patching.discard(provider.name)
