"""Setting a world up: who deploys waits for a role that IAM has not spread yet, but not long."""

import pytest
from small_worlds import a_scenario, a_world

from sim.facts import catalogue
from sim.units import SECOND_US

CREATE_PROVIDER = "lambda:CreateCapacityProvider"
INVALID = "InvalidParameterValueException"


def spreading(delay):
    """The roles of the account are seen only after a while."""
    return {"kind": "iam_propagation", "duration": "30m", "delay": delay}


def told(world, operation):
    """Seconds and error code of every call of an operation."""
    return [(e.time_us / SECOND_US, e.error_code) for e in world.calls(operation)]


def test_a_provider_is_tried_again_until_its_role_is_known():
    """Every five seconds; 13 s after the role was made it works, as was seen in AWS."""
    world = a_world(faults=[spreading("13s")]).at("5m")
    tries = told(world, CREATE_PROVIDER)
    assert tries == [(0, INVALID), (5, INVALID), (10, INVALID), (15, "")]
    assert world.version_states()[-1] == ("Active", "")


def test_functions_wait_as_long_as_their_provider_is_late():
    """They keep their distance from it and their order; nothing is published too early."""
    function = a_scenario().functions[0].model_dump(mode="json")
    bounded = {**function, "min_execution_environments": 5}
    world = a_world(faults=[spreading("7s")], functions=[bounded]).at("5m")
    usual_s = catalogue().duration_us("capacity_provider.activation") / SECOND_US + 1
    operations = ("CreateFunction", "PublishVersion", "PutFunctionScalingConfig")
    for operation in operations:
        assert told(world, f"lambda:{operation}") == [(10 + usual_s, "")]
    order = [e.operation for e in world.entries(type(world.calls(CREATE_PROVIDER)[0]))]
    functions = [o for o in order if o.removeprefix("lambda:") in operations]
    assert functions == [f"lambda:{operation}" for operation in operations]


def test_it_is_given_up_after_two_minutes():
    """A role that is never known stops the deployment; functions are then tried and refused."""
    world = a_world(trust_policy="ec2.amazonaws.com").at("5m")
    tries = told(world, CREATE_PROVIDER)
    assert len(tries) == 25
    assert {code for _, code in tries} == {INVALID}
    assert tries[-1][0] == 120
    assert told(world, "lambda:CreateFunction") == [(126, "ResourceNotFoundException")]


@pytest.mark.parametrize("what", [{"is_bare": True}, {}])
def test_other_refusals_and_successes_are_final(what):
    """Who may not create a provider does not try again, nor does who has created it."""
    world = a_world(**what).at("3m")
    assert len(told(world, CREATE_PROVIDER)) == 1
    assert told(world, "lambda:CreateFunction")[0][0] == 6


def test_without_a_span_nobody_tries_again():
    """The fact switches it off."""
    dials = {"deployment.role_retry_span": "0s"}
    world = a_world(trust_policy="ec2.amazonaws.com", assumptions=dials).at("3m")
    assert told(world, CREATE_PROVIDER) == [(0, INVALID)]


def test_a_call_of_the_script_is_made_once():
    """What a person does at a time is not a tool of deployment."""
    request = {"CapacityProviderName": "web", "CapacityProviderScalingConfig": {}}
    call = {
        "at": "1s",
        "caller": "administrator",
        "operation": "lambda:UpdateCapacityProvider",
        "input": request,
    }
    world = a_world(script=(call,), trust_policy="ec2.amazonaws.com").at("8m")
    assert told(world, "lambda:UpdateCapacityProvider") == [(301, "ResourceNotFoundException")]
