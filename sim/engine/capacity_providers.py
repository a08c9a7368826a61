"""The life of capacity providers: pending, active, deleting, gone; they launch nothing alone."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator

from sim.engine.journal import Journal
from sim.engine.kernel import Kernel, Lifecycle
from sim.model.capacity_provider import CapacityProvider
from sim.model.journal_entries import CapacityProviderChanged
from sim.model.states import CapacityProviderState


class CapacityProviders:
    """All providers of the account, by name, in the order of their creation."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        journal: Journal,
        activation_us: int,
        on_change: Callable[[str], None],
    ) -> None:
        self._kernel = kernel
        self._journal = journal
        self._activation_us = activation_us
        self._on_change = on_change
        self.by_name: dict[str, CapacityProvider] = {}
        self._names: list[str] = []
        """Of `by_name`, sorted."""

    def existing(self, name: str) -> CapacityProvider | None:
        """The provider of that name, unless its deletion has finished."""
        provider = self.by_name.get(name)
        if provider is None or provider.state is CapacityProviderState.GONE:
            return None
        return provider

    def all_existing(self) -> list[CapacityProvider]:
        """Every provider whose deletion has not finished, sorted by name."""
        return list(self.existing_after(""))

    def existing_after(self, name: str) -> Iterator[CapacityProvider]:
        """Those with a name after this one, sorted; an empty name is before all."""
        for position in range(bisect_right(self._names, name), len(self._names)):
            provider = self.existing(self._names[position])
            if provider is not None:
                yield provider

    def create(self, provider: CapacityProvider) -> None:
        """Add a provider in state Pending; it becomes Active by itself."""
        assert self.existing(provider.name) is None
        self.take_in(provider)
        self._record(provider, old_state="", reason="created")
        self._kernel.start(self._activate(provider))

    def take_in(self, provider: CapacityProvider) -> None:
        """Know a provider from now on, whatever its state."""
        # A name that was used before comes last again: the order is that of creation.
        if self.by_name.pop(provider.name, None) is None:
            insort(self._names, provider.name)
        self.by_name[provider.name] = provider

    def delete(self, provider: CapacityProvider) -> None:
        """Begin to delete a provider; its instances are terminated, then it is gone."""
        self._change(provider, CapacityProviderState.DELETING, "deletion requested")
        self._on_change(provider.name)

    def finish_deletion(self, provider: CapacityProvider) -> None:
        """Let a provider go that is being deleted and has no instance any more."""
        assert not provider.instances, f"{provider.name} still has instances"
        self._change(provider, CapacityProviderState.GONE, "last instance terminated")

    def _activate(self, provider: CapacityProvider) -> Lifecycle:
        yield self._kernel.wait(self._activation_us)
        if provider.state is CapacityProviderState.PENDING:
            self._change(provider, CapacityProviderState.ACTIVE, "ready to be used")
            self._on_change(provider.name)

    def _change(
        self, provider: CapacityProvider, target: CapacityProviderState, reason: str
    ) -> None:
        old = provider.state
        provider.move_to(target)
        self._record(provider, old_state=old.value, reason=reason)

    def _record(self, provider: CapacityProvider, *, old_state: str, reason: str) -> None:
        self._journal.append(
            CapacityProviderChanged(
                time_us=self._kernel.now_us,
                capacity_provider=provider.name,
                old_state=old_state,
                new_state=provider.state.value,
                reason=reason,
            )
        )
