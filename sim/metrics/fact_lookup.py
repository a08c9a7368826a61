"""Keeps the folds on the run's own numbers: a fact in the record wins over the catalogue."""

from fractions import Fraction

from sim.facts import Fact, catalogue
from sim.model.run_record import RunRecord


def fact_of(record: RunRecord, name: str) -> Fact:
    """Find a fact: the record's (a price, an assumption as the run had it) or the catalogue's."""
    carried = (fact for fact in (*record.pricing, *record.assumptions) if fact.name == name)
    return next(carried, None) or catalogue().fact(name)


def whole_number(fact: Fact) -> int:
    """Value of a count, or of a duration in microseconds."""
    assert isinstance(fact.value, int), f"`{fact.name}` is a whole number"
    return fact.value


def exact_number(fact: Fact) -> Fraction:
    """Value of a fact as the decimal number that is written in the catalogue, without rounding."""
    return Fraction(str(fact.value))


def exact_numbers(fact: Fact) -> tuple[Fraction, ...]:
    """Numbers of a list as they are written, without rounding."""
    return tuple(Fraction(item.strip()) for item in str(fact.value).split(","))
