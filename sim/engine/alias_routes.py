"""Invocations that workloads make of an alias go to the versions that it stands for."""

from collections.abc import Callable, Mapping, Sequence

from sim.model.version_names import qualified_name


class AliasRoutes:
    """What aliases stand for, as the data plane has to know it: only of those that are called."""

    def __init__(
        self,
        index_of: Callable[[str], int | None],
        share_arrivals: Callable[[int, Sequence[tuple[int, float]]], None],
    ) -> None:
        """`index_of` finds the index under which an alias is called, if anybody calls it."""
        self._index_of = index_of
        self._share_arrivals = share_arrivals

    def point(self, function: str, alias: str, targets: Mapping[int, float]) -> None:
        """Let an alias stand for versions, given by index with their shares, from now on.

        With none its invocations are throttled.
        """
        index = self._index_of(qualified_name(function, alias))
        if index is not None:
            self._share_arrivals(index, tuple(targets.items()))

    def remove(self, function: str, alias: str) -> None:
        """Let an alias stand for nothing."""
        self.point(function, alias, {})
