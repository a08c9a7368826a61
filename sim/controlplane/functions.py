"""The functions of the account: what `$LATEST` says, and which version was published from it."""

from collections import Counter
from dataclasses import dataclass, field

from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState


@dataclass(slots=True)
class Function:
    """A function on managed instances.

    Its `$LATEST` never changes here, so that at most one version can be published from it.
    """

    name: str
    arn: str
    capacity_provider: CapacityProvider
    shape: EnvironmentShape
    concurrency_limit: int
    published: FunctionVersion | None = None
    is_deleting: bool = False

    def version(self, qualifier: str) -> FunctionVersion | None:
        """The published version of that number."""
        version = self.published
        return version if version is not None and version.version == qualifier else None

    @property
    def is_gone(self) -> bool:
        """Whether its deletion has finished: nothing of its version is left."""
        version = self.published
        return self.is_deleting and (version is None or version.state is FunctionVersionState.GONE)


@dataclass(slots=True)
class Functions:
    """All functions by name; version numbers are never used twice.

    Not even after a function was deleted and created again. Source: Lambda developer guide,
    versions.
    """

    _by_name: dict[str, Function] = field(default_factory=dict)
    _published_counts: Counter[str] = field(default_factory=Counter)

    def existing(self, name: str) -> Function | None:
        """The function of that name, unless its deletion has finished."""
        function = self._by_name.get(name)
        return None if function is None or function.is_gone else function

    def all_existing(self) -> list[Function]:
        """Every function whose deletion has not finished, sorted by name."""
        return [f for _, f in sorted(self._by_name.items()) if not f.is_gone]

    def of_provider(self, provider: CapacityProvider) -> list[Function]:
        """The functions that are associated with a provider, published or not."""
        return [f for f in self.all_existing() if f.capacity_provider is provider]

    def add(self, function: Function) -> None:
        """Take in a new function; its name must be free."""
        assert self.existing(function.name) is None
        self._by_name[function.name] = function

    def next_version_number(self, name: str) -> str:
        """Use up the next version number of a function."""
        self._published_counts[name] += 1
        return str(self._published_counts[name])
