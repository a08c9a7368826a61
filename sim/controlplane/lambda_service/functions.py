"""The functions of the account: what `$LATEST` says, and which versions were published from it."""

import base64
import hashlib
import json
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from sim.iam import Policy
from sim.model.capacity_provider import CapacityProvider
from sim.model.execution_environment import EnvironmentShape
from sim.model.function_version import FunctionVersion
from sim.model.states import FunctionVersionState
from sim.model.version_names import LATEST, LATEST_PUBLISHED


@dataclass(frozen=True, slots=True)
class Logging:
    """How a function logs. Source of the defaults: answers of Lambda for functions on providers."""

    log_group: str
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything about a function that a published version keeps, but for its code."""

    role_arn: str
    runtime: str
    shape: EnvironmentShape
    memory_gib_per_vcpu: float
    concurrency_limit: int
    timeout_s: int
    architecture: str
    provider_arn: str
    logging: Logging
    description: str = ""
    handler: str | None = None
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """Where the code of a function lies, or what its archive was; it is never read."""

    place: str = ""
    """Empty: nobody has said."""
    repository: str = ""
    """What kind of place that is: `S3` or `ECR`."""
    archive_sha256: str = ""
    """Digest of an archive that was sent, in base64."""
    size: int | None = None
    """Its bytes; None: nobody has looked where the code lies."""

    @property
    def sha256(self) -> str:
        """Digest of the archive, else of where the code lies, in base64."""
        return self.archive_sha256 or _digest(self.place)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a version says: of `$LATEST` now, of a published one since it was published."""

    configuration: Configuration
    code: Code
    modified_us: int
    revision: str
    """Changes with every change."""
    config_sha256: str
    """Of the configuration and the code, in base64; how AWS makes it is not known."""
    own_description: str | None = None
    """A description that a version was published with, which makes it no other version."""

    @property
    def description(self) -> str:
        """What it is for."""
        own = self.own_description
        return self.configuration.description if own is None else own

    @classmethod
    def of(
        cls, configuration: Configuration, *, code: Code, now_us: int, revision: str
    ) -> "Snapshot":
        """A new version of the draft, with its digest."""
        text = json.dumps([asdict(configuration), code.place], sort_keys=True)
        return cls(configuration, code, now_us, revision, _digest(text))

    def says_the_same(self, other: "Snapshot") -> bool:
        """Whether code and configuration are equal; when they were set is no matter."""
        return (self.configuration, self.code) == (other.configuration, other.code)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that stands for one version, or for two with shares."""

    name: str
    version: str
    description: str
    weights: Mapping[str, float]
    """Share of invocations that a second version gets, by its qualifier; the rest is the first's.
    """
    revision: str

    def names(self, version: str) -> bool:
        """Whether it stands for a version, wholly or in part."""
        return version == self.version or version in self.weights


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """Who else may use a function, or one of its versions or aliases."""

    statements: Mapping[str, Mapping[str, object]]
    """By statement id."""
    revision: str
    policy: Policy
    """The same, compiled."""

    @property
    def document(self) -> dict[str, object]:
        """The policy document, as `GetPolicy` shows it."""
        return document_of(self.statements)


def document_of(statements: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """The document of a resource policy with these statements."""
    return {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}


@dataclass(slots=True)
class Function:
    """A function on managed instances: its draft, its versions, and what hangs on its name."""

    name: str
    arn: str
    capacity_provider: CapacityProvider
    """On which the next version is published."""
    latest: Snapshot
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    policies: dict[str, ResourcePolicy] = field(default_factory=dict)
    """By qualifier; that of the function itself by an empty text."""
    is_deleting: bool = False
    _versions: dict[str, FunctionVersion] = field(default_factory=dict)
    _published: dict[str, Snapshot] = field(default_factory=dict)

    def version(self, qualifier: str) -> FunctionVersion | None:
        """The published version of that number, or the head; None when it is gone."""
        version = self._versions.get(qualifier)
        return None if version is None or version.state is FunctionVersionState.GONE else version

    def versions(self) -> list[FunctionVersion]:
        """Published versions that are not gone, in the order of their publishing."""
        return [v for v in self._versions.values() if v.state is not FunctionVersionState.GONE]

    def qualifiers(self) -> list[str]:
        """`$LATEST`, then the head, then the numbers, of what is not gone."""
        return [LATEST, *sorted((v.version for v in self.versions()), key=version_order)]

    def latest_version(self) -> FunctionVersion | None:
        """The version with the highest number, unless it is gone."""
        numbers = [q for q in self._versions if q != LATEST_PUBLISHED]
        return self.version(max(numbers, key=int)) if numbers else None

    def snapshot(self, qualifier: str) -> Snapshot:
        """What `$LATEST` or a version that exists says."""
        return self.latest if qualifier == LATEST else self._published[qualifier]

    def holds_latest(self, version: FunctionVersion) -> bool:
        """Whether a version was published from the code and configuration of `$LATEST`."""
        return self._published[version.version].says_the_same(self.latest)

    def policy(self, qualifier: str | None) -> ResourcePolicy | None:
        """The resource policy of a version or an alias; without qualifier of the function."""
        return self.policies.get(qualifier or "")

    def add(self, version: FunctionVersion, snapshot: Snapshot) -> None:
        """Take in a version that is being published."""
        self._versions[version.version] = version
        self.note_publishing(version, snapshot)

    def note_publishing(self, version: FunctionVersion, snapshot: Snapshot) -> None:
        """A version says that from now on."""
        self._published[version.version] = snapshot

    @property
    def is_gone(self) -> bool:
        """Whether its deletion has finished: nothing of its versions is left."""
        return self.is_deleting and not self.versions()


def version_order(qualifier: str) -> int:
    """Where a version stands in lists (assumed): `$LATEST`, the head, then the numbers."""
    if qualifier in _FIRST_VERSIONS:
        return _FIRST_VERSIONS.index(qualifier) - len(_FIRST_VERSIONS)
    return int(qualifier)


_FIRST_VERSIONS = (LATEST, LATEST_PUBLISHED)


@dataclass(slots=True)
class Functions:
    """All functions by name; version numbers are never used twice.

    Not even after a function was deleted and created again. Source: Lambda developer guide,
    versions.
    """

    _by_name: dict[str, Function] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    """Sorted."""
    _published_counts: Counter[str] = field(default_factory=Counter)

    def existing(self, name: str) -> Function | None:
        """The function of that name, unless its deletion has finished."""
        function = self._by_name.get(name)
        return None if function is None or function.is_gone else function

    def all_existing(self) -> list[Function]:
        """Every function whose deletion has not finished, sorted by name."""
        return list(self.existing_after(""))

    def existing_after(self, name: str) -> Iterator[Function]:
        """Those with a name after this one, sorted; an empty name is before all."""
        for position in range(bisect_right(self._names, name), len(self._names)):
            function = self.existing(self._names[position])
            if function is not None:
                yield function

    def of_provider(self, provider: CapacityProvider) -> list[Function]:
        """The functions that are associated with a provider, published or not."""
        return [
            f
            for f in self.all_existing()
            if f.capacity_provider is provider
            or any(v.capacity_provider == provider.name for v in f.versions())
        ]

    def add(self, function: Function) -> None:
        """Take in a new function; its name must be free."""
        assert self.existing(function.name) is None
        if function.name not in self._by_name:
            insort(self._names, function.name)
        self._by_name[function.name] = function

    def next_version_number(self, name: str) -> str:
        """Use up the next version number of a function."""
        self._published_counts[name] += 1
        return str(self._published_counts[name])
