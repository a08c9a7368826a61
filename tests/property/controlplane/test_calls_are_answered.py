"""Whatever is asked of EC2 and its observers, there is an answer, and no error has effect."""

import aws_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import a_running_world

from sim.controlplane.inputs import INPUT_TYPES
from sim.model.api_results import ApiError, ApiSuccess

REQUESTS = {**aws_examples.EC2, **aws_examples.OBSERVABILITY}
JUNK = [
    "",
    "x",
    "*",
    "i-00000000000000001",
    "vpc-main",
    "10.0.0.0/33",
    "10.0.0.0/24",
    "2026-13-01",
    "?",
    0,
    -1,
    7,
    10**15,
    1.5,
    True,
    None,
    [],
    ["x"],
    [1],
    {},
    [{}],
    [{"Name": "tag:x", "Values": ["["]}],
    [{"Key": "x"}],
]


@st.composite
def calls(draw):
    """A request of an operation, with junk in some of its members and further ones."""
    operation = draw(st.sampled_from(sorted(REQUESTS)))
    fields = INPUT_TYPES[operation].model_fields.values()
    names = sorted(field.alias for field in fields if field.alias is not None)
    request = dict(REQUESTS[operation])
    for name in draw(st.lists(st.sampled_from(names), max_size=3)) if names else ():
        request[name] = draw(st.sampled_from(JUNK))
    return operation, request


# One world for all examples: what is asked of it must never break it.
WORLD = a_running_world(duration="3h")


@given(calls())
@settings(max_examples=300, deadline=None)
def test_every_call_is_answered(call):
    """A success or an error value, never an exception; after an error all is as before."""
    operation, request = call
    before = WORLD.state()
    answer = WORLD.call(operation, request)
    assert isinstance(answer, ApiError | ApiSuccess)
    assert isinstance(answer, ApiSuccess) or WORLD.state() == before
    assert WORLD.system.observers.report().violations == ()
