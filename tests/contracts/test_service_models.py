"""Every operation is AWS's: members, bounds, errors and answers are those of its service model."""

from collections import defaultdict
from functools import cache

import conformance_ec2
import conformance_iam
import conformance_lambda
import conformance_organizations
import conformance_sts
import pytest
from deviation import stale, unlisted
from raised_codes import raised_codes
from service_models import (
    answer_differences,
    error_differences,
    input_differences,
    operation_model,
)
from small_worlds import SmallWorld, a_running_world

from sim.controlplane.door import OPERATIONS
from sim.controlplane.inputs import INPUT_TYPES
from sim.model.api_results import ApiError

SERVICES = {
    "ec2": conformance_ec2,
    "iam": conformance_iam,
    "lambda": conformance_lambda,
    "organizations": conformance_organizations,
    "sts": conformance_sts,
}
"""What differs on purpose and a tour through the operations, by service."""


def part(operation):
    """The module of the operation's service."""
    return SERVICES[operation.partition(":")[0]]


@cache
def answers():
    """Every answer of the tours, by operation; each goes through a running world of its own."""
    found = defaultdict(list)
    for module in SERVICES.values():
        world = _Recorded(a_running_world(duration="2h").system.scenario)
        module.tour(world.at("4m"))
        for operation, answer in world.answers:
            found[operation].append(answer)
    return found


class _Recorded(SmallWorld):
    """A small world that keeps what its calls answered."""

    def __init__(self, scenario):
        super().__init__(scenario)
        self.answers = []

    def call(self, operation, request=None, *, by="administrator"):
        """Call as ever, and keep the answer."""
        answer = super().call(operation, request, by=by)
        self.answers.append((operation, answer))
        return answer


def differences(operation):
    """Everything about an operation that is not as in AWS."""
    yield from input_differences(operation, INPUT_TYPES[operation])
    codes = raised_codes(OPERATIONS[operation].handler)
    codes |= {answer.code for answer in answers()[operation] if isinstance(answer, ApiError)}
    yield from error_differences(operation, codes)
    for answer in answers()[operation]:
        if not isinstance(answer, ApiError):
            yield from answer_differences(operation, answer.output)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_as_aws_has_it(operation):
    """Name, input, errors and answers are AWS's, but for deviations listed with a reason."""
    assert operation_model(operation).name == operation.partition(":")[2]
    assert not unlisted(differences(operation), part(operation).DEVIATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_tours_show_a_success_of_every_operation(operation):
    """No answer escapes the comparison because no example of it was given."""
    never = getattr(part(operation), "NEVER_SUCCEEDS", {})
    succeeded = [a for a in answers()[operation] if not isinstance(a, ApiError)]
    assert bool(succeeded) is not (operation in never), answers()[operation]


@pytest.mark.parametrize("service", SERVICES)
def test_no_listed_deviation_is_stale(service):
    """What is as in AWS again must leave the list."""
    own = [name for name in OPERATIONS if part(name) is SERVICES[service]]
    found = [difference for name in own for difference in differences(name)]
    assert not stale(found, SERVICES[service].DEVIATIONS)
