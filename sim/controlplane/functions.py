"""The functions of the account: what `$LATEST` says, and which versions were published from it."""

from collections import Counter
from dataclasses import dataclass, field

from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST_PUBLISHED


@dataclass(slots=True)
class Function:
    """A function on managed instances: its draft and its versions."""

    name: str
    arn: str
    capacity_provider: CapacityProvider
    shape: EnvironmentShape
    concurrency_limit: int
    code: str = ""
    """Where the code of `$LATEST` lies; it is never read. Empty: that of the creation."""
    is_deleting: bool = False
    _versions: dict[str, FunctionVersion] = field(default_factory=dict)
    _published_codes: dict[str, str] = field(default_factory=dict)

    def version(self, qualifier: str) -> FunctionVersion | None:
        """The published version of that number, or the head; None when it is gone."""
        version = self._versions.get(qualifier)
        return None if version is None or version.state is FunctionVersionState.GONE else version

    def versions(self) -> list[FunctionVersion]:
        """Published versions that are not gone, in the order of their publishing."""
        return [v for v in self._versions.values() if v.state is not FunctionVersionState.GONE]

    def latest_version(self) -> FunctionVersion | None:
        """The version with the highest number, unless it is gone."""
        numbers = [q for q in self._versions if q != LATEST_PUBLISHED]
        return self.version(max(numbers, key=int)) if numbers else None

    def holds_latest_code(self, version: FunctionVersion) -> bool:
        """Whether a version was published from the code that `$LATEST` has now."""
        return self._published_codes[version.version] == self.code

    def add(self, version: FunctionVersion) -> None:
        """Take in a version that is being published."""
        self._versions[version.version] = version
        self.note_publishing(version)

    def note_publishing(self, version: FunctionVersion) -> None:
        """A version has the code of `$LATEST` from now on."""
        self._published_codes[version.version] = self.code

    @property
    def is_gone(self) -> bool:
        """Whether its deletion has finished: nothing of its versions is left."""
        return self.is_deleting and not self.versions()


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
