"""Every function version that exists has an index of the data plane to itself."""

from collections.abc import Callable, Sequence

from sim.model.version_names import qualified_name


class VersionIndexes:
    """Hands out the indexes under which versions are invoked and counted.

    A version has the index of its own name if there is one, such as a workload asks for. Of the
    others the first one of a function has the index of the function, to which invocations go that
    name no version; and so has the first one after the function had none left, as when it was
    deleted and made again. Every further version gets a new index.
    """

    def __init__(self, names: Sequence[str], *, add: Callable[[int | None, str], int]) -> None:
        """`names` has those of the functions and of qualified versions, in the order of indexes.

        `add` makes another index like the one that it is given, under a name; like none of them if
        it is given none.
        """
        self._indexes = {name: index for index, name in enumerate(names)}
        self._add = add
        self._held: dict[int, str] = {}
        """The functions of the indexes that a version has."""
        self._used: set[int] = set()
        """Indexes that a version had."""

    def take(self, function: str, version: str) -> int:
        """The index of a version that is about to be published."""
        index = self._free_index(function, qualified_name(function, version))
        assert index not in self._held, f"{function}:{version} exists already"
        self._held[index] = function
        self._used.add(index)
        return index

    def index_of(self, name: str) -> int | None:
        """The index of a name, if it has one."""
        return self._indexes.get(name)

    def release(self, index: int) -> None:
        """The version that had this index is gone."""
        del self._held[index]

    def _free_index(self, function: str, name: str) -> int:
        if function not in self._indexes:
            self._indexes[function] = self._add(None, function)
        own = self._indexes[function]
        if name not in self._indexes:
            if own not in self._used or function not in self._held.values():
                return own
            self._indexes[name] = self._add(own, name)
        return self._indexes[name]
