"""Keeps the page about the operator role: statement, scenario, outcome, and what decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.metrics.minute_grid import hours_since_traffic
from sim.model.journal_entries import ExpectationJudged, ExpectationOutcome
from sim.model.run_record import RunRecord
from sim.reporting.outcome_lines import deciding_lines, outcome_lines
from sim.reporting.page import page
from sim.reporting.wording import clock_s


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One expectation of a scenario."""

    at: str
    subject: str
    expected: str
    seen: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class ScenarioShown:
    """One scenario with what came of it."""

    file: str
    """Path of the file, as `lmisim run` takes it."""
    description: str
    """What is taken away, and what follows, as the scenario says it."""
    is_ablation: bool
    outcome: tuple[str, ...]
    decided_by: tuple[str, ...]
    expectations: tuple[JudgedLine, ...]

    @property
    def met_count(self) -> int:
        """How many expectations are met."""
        return sum(line.is_met for line in self.expectations)

    @property
    def is_met(self) -> bool:
        """Whether there are expectations and all are met."""
        return 0 < len(self.expectations) == self.met_count


@dataclass(frozen=True, slots=True)
class StatementShown:
    """One statement of the page about the operator role."""

    number: str
    """Such as `R08`."""
    says: str
    """The statement in our words."""
    scenarios: tuple[ScenarioShown, ...]
    limits: str = ""
    """What is not shown of it, or only as a question to IAM; empty when all is."""

    @property
    def is_met(self) -> bool:
        """Whether there are scenarios and all are met."""
        return bool(self.scenarios) and all(scenario.is_met for scenario in self.scenarios)


def scenario_shown(record: RunRecord, *, file: str, is_ablation: bool) -> ScenarioShown:
    """What the page says about a run."""
    judged = [entry for entry in record.journal if isinstance(entry, ExpectationJudged)]
    return ScenarioShown(
        file=file,
        description=" ".join(record.description.split()),
        is_ablation=is_ablation,
        outcome=outcome_lines(record),
        decided_by=deciding_lines(record),
        expectations=tuple(_line(record, entry) for entry in judged),
    )


def operator_role_page(statements: Sequence[StatementShown]) -> str:
    """A whole page that opens without a network."""
    scenarios = [scenario for statement in statements for scenario in statement.scenarios]
    return page(
        "operator_role.html.j2",
        {
            "statements": statements,
            "scenario_count": len(scenarios),
            "expectation_count": sum(len(s.expectations) for s in scenarios),
            "failed_count": sum(len(s.expectations) - s.met_count for s in scenarios),
        },
    )


def _line(record: RunRecord, entry: ExpectationJudged) -> JudgedLine:
    return JudgedLine(
        at=clock_s(hours_since_traffic(record, entry.time_us)),
        subject=entry.subject,
        expected=entry.expected,
        seen=entry.seen,
        is_met=entry.outcome == ExpectationOutcome.MET,
    )
