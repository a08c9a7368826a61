"""What is invoked and counted on its own: the first version of each function, and named ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.model.version_names import qualified_name
from sim.scenario import Scenario
from sim.scenario.function import Function
from sim.scenario.workload import Workload


@dataclass(frozen=True, slots=True)
class InvokedVersion:
    """A function version that has an index of the data plane from the start."""

    name: str
    """The function's name for the version that is published while the world is prepared, else the
    qualified one."""
    index: int
    function: Function
    workload: Workload | None
    """Who calls it, if anybody does."""


def invoked_versions(scenario: Scenario) -> list[InvokedVersion]:
    """Every function in its order, then further versions in the order of their workloads."""
    functions = {function.name: function for function in scenario.functions}
    workloads = {_name(functions, workload): workload for workload in scenario.workloads}
    named = {name: functions[workload.function] for name, workload in workloads.items()}
    # A function that is named again keeps its place.
    return [
        InvokedVersion(name, index, function, workloads.get(name))
        for index, (name, function) in enumerate((functions | named).items())
    ]


def called_versions(scenario: Scenario) -> list[tuple[Workload, InvokedVersion]]:
    """Every workload in its order, with the version that its invocations go to."""
    versions = {version.name: version for version in invoked_versions(scenario)}
    functions = {function.name: function for function in scenario.functions}
    return [(workload, versions[_name(functions, workload)]) for workload in scenario.workloads]


def _name(functions: Mapping[str, Function], workload: Workload) -> str:
    function = functions[workload.function]
    if workload.qualifier in (None, function.first_qualifier):
        return function.name
    return qualified_name(function.name, workload.qualifier)
