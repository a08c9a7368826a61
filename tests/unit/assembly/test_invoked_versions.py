"""What is invoked on its own: functions first, then the further versions that somebody calls."""

import pytest
from small_worlds import a_scenario

from sim.assembly import assemble
from sim.assembly.invoked_versions import called_versions, invoked_versions
from sim.assembly.settings import bound_workloads, world_settings
from sim.errors import ConfigurationError
from sim.facts import catalogue
from sim.model.journal_entries import ApiCalled
from sim.units import MINUTE_US

HEAD = "$LATEST.PUBLISHED"


def a_workload(qualifier=None, *, function="site", rate="600/min"):
    """A workload of one version, or of the first one."""
    named = {} if qualifier is None else {"qualifier": qualifier}
    return {"function": function, "arrivals": {"kind": "constant", "rate": rate}, **named}


def scenario_with(*workloads, **dials):
    """The small world with other workloads."""
    return a_scenario(workloads=list(workloads), **dials)


def invocations_sha256(scenario):
    """Digest of what happened to the invocations in the first minutes."""
    system = assemble(scenario, seed=1)
    system.advance_to(8 * MINUTE_US)
    record = system.finish()
    assert record.outcomes.sum() > 1_000
    return system.foundation.journal.entries[-1].invocations_sha256


def test_functions_come_first_and_named_versions_after_them():
    """Version 1 is the function itself; the order of the workloads numbers the others."""
    scenario = scenario_with(a_workload("3"), a_workload(HEAD), a_workload("1"))
    names = ["site", "site:3", f"site:{HEAD}"]
    assert [v.name for v in invoked_versions(scenario)] == names
    assert [v.index for v in invoked_versions(scenario)] == [0, 1, 2]
    assert [v.name for _, v in called_versions(scenario)] == [*names[1:], "site"]
    settings = world_settings(scenario, catalogue(), terminating_role_arn="arn")
    assert [f.name for f in settings.functions] == names
    bound = [(w.name, w.function_index) for w in bound_workloads(scenario)]
    assert bound == [("site:3", 1), (f"site:{HEAD}", 2), ("site", 0)]


def test_to_name_the_first_version_changes_nothing():
    """The same invocations meet the same fleet, whether or not `1` is written."""
    plain, named = scenario_with(a_workload()), scenario_with(a_workload("1"))
    assert invocations_sha256(plain) == invocations_sha256(named)


def test_a_version_that_nobody_published_throttles_its_invocations_alone():
    """Beside it those of version 1 go as they would without it."""
    system = assemble(scenario_with(a_workload(), a_workload("2")), seed=1)
    system.advance_to(8 * MINUTE_US)
    record = system.finish()
    assert record.function_names == ("site", "site:2")
    completed, throttled = record.outcomes[:, :, 0].sum(axis=1), record.outcomes[:, :, 1]
    assert (completed[0] > 1_000, completed[1]) == (True, 0)
    assert throttled.sum(axis=1)[1] == record.arrived[1].sum() > 1_000


def test_a_function_may_be_published_as_the_head():
    """The set-up calls say so, its bounds are set there, and calls without a name go to it."""
    function = {
        **scenario_with(a_workload()).functions[0].model_dump(mode="json"),
        "publish_to_latest_published": True,
        "min_execution_environments": 2,
    }
    scenario = scenario_with(a_workload(), a_workload("1", rate="1/min"), functions=[function])
    assert [v.name for v in invoked_versions(scenario)] == ["site", "site:1"]
    system = assemble(scenario, seed=1)
    system.advance_to(8 * MINUTE_US)
    calls = [e for e in system.foundation.journal.entries if isinstance(e, ApiCalled)]
    bounds = [c for c in calls if c.operation == "lambda:PutFunctionScalingConfig"]
    assert [(c.resource, c.error_code) for c in bounds] == [(f"site {HEAD}", "")]
    record = system.finish()
    assert record.outcomes[0, :, 0].sum() > 1_000


@pytest.mark.parametrize(
    ("workloads", "message"),
    [
        ([a_workload(), a_workload()], "the function `site` already has a workload"),
        ([a_workload(), a_workload("1")], "version `1` of the function `site` already has"),
        ([a_workload("2"), a_workload("2")], "version `2` of the function `site` already has"),
        ([a_workload("$LATEST")], "$LATEST"),
        ([a_workload("0")], "0"),
    ],
)
def test_wrong_qualifiers_are_told_to_a_person(workloads, message):
    """One workload calls a version, and a version has a number from 1 on or is the head."""
    with pytest.raises(ConfigurationError) as raised:
        scenario_with(*workloads)
    assert any(message in problem.message for problem in raised.value.problems)
