"""Keeps the facts of one world together: consistent, and honest about what was overridden."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from sim.errors import LmisimError
from sim.facts.fact import Fact, FactValue, Status, Unit, format_value, parse_value
from sim.facts.fact_files import load_facts
from sim.units import UnitError

_ORDERED_SUFFIXES = (("_min", "_default"), ("_default", "_max"), ("_min", "_max"), ("_p50", "_p95"))


@dataclass(frozen=True, slots=True)
class OverrideProblem:
    """One override that cannot be accepted."""

    name: str
    """The fact's name as the person wrote it."""
    message: str
    help: str


class FactOverrideError(LmisimError):
    """Some overrides of facts were refused; all of them are told at once, in the order given."""

    def __init__(self, problems: Iterable[OverrideProblem]) -> None:
        """Keep the problems as `args`, so that the error survives a trip between processes."""
        self.problems: tuple[OverrideProblem, ...] = tuple(problems)
        assert self.problems
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line per problem."""
        return "\n".join(f"{problem.message}: {problem.help}" for problem in self.problems)


class Catalogue:
    """All facts of one world by name; cannot be changed, only copied with overrides.

    It remembers which facts were asked for, so that a run can tell what it stands on.
    """

    __slots__ = ("_asked", "_facts")

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """Take facts by name; a contradiction between them is our own mistake: assertion."""
        problems = list(_contradictions(facts))
        assert not problems, problems
        self._facts = MappingProxyType(dict(facts))
        self._asked: set[str] = set()

    def fact(self, name: str) -> Fact:
        """Return the fact with all its parents; asking for an unknown one is our own mistake."""
        assert name in self._facts, f"no fact {name}; near: {_nearest(name, self._facts)}"
        self._asked.add(name)
        return self._facts[name]

    def number(self, name: str) -> float:
        """Value of a fact as a float, in its kept form (microseconds, MiB, per second ...)."""
        value = self.fact(name).value
        assert not isinstance(value, str), f"{name} is text"
        return float(value)

    def integer(self, name: str) -> int:
        """Value of a fact as an int: a count, vCPUs, microseconds or MiB; asserts wholeness."""
        value = self.number(name)
        assert value.is_integer(), f"{name} is {value}"
        return int(value)

    def duration_us(self, name: str) -> int:
        """Value of a duration in whole microseconds."""
        return int(self._of_unit(name, Unit.DURATION))

    def size_mib(self, name: str) -> int:
        """Value of a size in whole mebibytes."""
        return int(self._of_unit(name, Unit.SIZE))

    def text(self, name: str) -> str:
        """Value of a name or of a list as it is written."""
        value = self.fact(name).value
        assert isinstance(value, str), f"{name} is not text"
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Value of a list, item by item."""
        return tuple(item.strip() for item in str(self._of_unit(name, Unit.LIST)).split(","))

    def numbers(self, name: str) -> tuple[float, ...]:
        """Value of a list of numbers, item by item."""
        return tuple(float(item) for item in self.texts(name))

    def names(self) -> tuple[str, ...]:
        """Names of all facts, sorted."""
        return tuple(self._facts)

    def assumptions(self) -> tuple[Fact, ...]:
        """All assumed facts, sorted by name."""
        return self._selected(lambda fact: fact.status is Status.ASSUMED)

    def asked(self) -> tuple[Fact, ...]:
        """All facts whose value was read from this catalogue so far, sorted by name."""
        return self._selected(lambda fact: fact.name in self._asked)

    def overridden(self) -> tuple[Fact, ...]:
        """All facts that a scenario set, sorted by name."""
        return self._selected(lambda fact: fact.is_overridden)

    def with_overrides(self, overrides: Mapping[str, object]) -> "Catalogue":
        """Return a copy in which assumed or measured facts have other values.

        Values are as a person writes them (`15s`, `50%`, 3). Raises FactOverrideError for unknown
        names (with the nearest ones), documented facts, wrong units, senseless values, and values
        that contradict another fact (a median above its 95th percentile).
        """
        facts = dict(self._facts)
        problems: list[OverrideProblem] = []
        for name, written in overrides.items():
            outcome = self._overridden(name, written)
            if isinstance(outcome, OverrideProblem):
                problems.append(outcome)
            else:
                facts[name] = outcome
        problems = problems or list(_override_contradictions(facts, overrides))
        if problems:
            raise FactOverrideError(problems)
        return Catalogue(facts)

    def _overridden(self, name: str, written: object) -> Fact | OverrideProblem:
        fact = self._facts.get(name)
        if fact is None:
            open_names = [f.name for f in self._facts.values() if f.status != Status.DOCUMENTED]
            return OverrideProblem(
                name, f"there is no fact `{name}`", f"nearest names: {_nearest(name, open_names)}"
            )
        if fact.status is Status.DOCUMENTED:
            return OverrideProblem(
                name,
                f"`{name}` is documented by AWS and cannot be overridden",
                f"it is {fact.shown} by: {fact.source}",
            )
        try:
            value = parse_value(written, fact.unit)
        except UnitError as error:
            return OverrideProblem(name, f"`{name}`: {error}", f"the catalogue has {fact.shown}")
        if _is_senseless(value, fact):
            return OverrideProblem(
                name, f"`{name}` cannot be {format_value(value, fact.unit)}", _sane_range(fact)
            )
        origin = fact.value if fact.overridden_from is None else fact.overridden_from
        return replace(fact, value=value, overridden_from=origin)

    def _of_unit(self, name: str, unit: Unit) -> FactValue:
        fact = self.fact(name)
        assert fact.unit is unit, f"{name} is a {fact.unit}, not a {unit}"
        return fact.value

    def _selected(self, wanted: Callable[[Fact], bool]) -> tuple[Fact, ...]:
        return tuple(fact for fact in self._facts.values() if wanted(fact))


@cache
def catalogue() -> Catalogue:
    """Return AWS as the data files have it, checked once."""
    facts = load_facts()
    for fact in facts.values():
        assert not _is_out_of_interval(fact), f"{fact.name} is outside its own interval"
        assert not _is_senseless(fact.value, fact), f"{fact.name} is outside its own bounds"
    return Catalogue(facts)


def _is_out_of_interval(fact: Fact) -> bool:
    if isinstance(fact.value, str):
        return False  # the ends of a list or name are two other settings, without an order
    return _is_above(fact.low, fact.value) or _is_above(fact.value, fact.high)


def _is_senseless(value: FactValue, fact: Fact) -> bool:
    return _is_above(fact.minimum, value) or _is_above(value, fact.maximum)


def _is_above(left: FactValue | None, right: FactValue | None) -> bool:
    """Compare two numbers; an absent end, or text, is never above anything."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left > right
    return False


def _sane_range(fact: Fact) -> str:
    ends = (("at least", fact.minimum), ("at most", fact.maximum))
    parts = [f"{word} {format_value(end, fact.unit)}" for word, end in ends if end is not None]
    return f"accepted are values of {' and '.join(parts)}"


def _nearest(name: str, names: Iterable[str]) -> str:
    found = get_close_matches(name, list(names), n=3, cutoff=0.3)
    return ", ".join(f"`{near}`" for near in found) or "none"


def _contradictions(facts: Mapping[str, Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Pairs of facts whose names say `smaller, larger` and whose values say the opposite."""
    for fact in facts.values():
        for smaller, larger in _ORDERED_SUFFIXES:
            other = facts.get(fact.name.removesuffix(smaller) + larger)
            is_pair = fact.name.endswith(smaller) and other is not None
            if is_pair and other is not None and _is_above(fact.value, other.value):
                yield fact, other


def _override_contradictions(
    facts: Mapping[str, Fact], overrides: Mapping[str, object]
) -> Iterator[OverrideProblem]:
    for fact, other in _contradictions(facts):
        blamed = fact.name if fact.name in overrides else other.name
        yield OverrideProblem(
            blamed,
            f"`{fact.name}` ({fact.shown}) would be above `{other.name}` ({other.shown})",
            "override both so that they keep their order",
        )
