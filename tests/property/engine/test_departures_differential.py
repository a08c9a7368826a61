"""The departures that are found unscanned against those of the rule that looks at all."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from naive_departures import naive_departures

from sim.model.execution_environment import EnvironmentShape, ExecutionEnvironment
from sim.model.states import EnvironmentState
from sim.placement.departures import choose_departures

STATES = (EnvironmentState.STARTING, EnvironmentState.READY)
ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 3), st.sampled_from(STATES)), max_size=60
)


@given(
    rows=ROWS,
    others=st.dictionaries(st.integers(0, 9), st.integers(0, 4)),
    count=st.integers(0, 70),
    backwards=st.booleans(),
)
def test_the_same_leave_in_the_same_order(rows, others, count, backwards):
    """Starting ones, zones, instances of several versions, ages and names: all ties included."""
    environments = [
        ExecutionEnvironment(
            environment_id=f"e-{-n if backwards else n}",
            version_arn="arn",
            instance_id=f"i-{instance}",
            availability_zone="abc"[instance % 3],
            shape=EnvironmentShape(1, 4096),
            concurrency_limit=8,
            timeout_us=1_000_000,
            placed_us=placed_us,
            state=state,
        )
        for n, (instance, placed_us, state) in enumerate(rows)
    ]
    held = Counter(e.instance_id for e in environments)
    held.update({f"i-{instance}": more for instance, more in others.items()})
    expected = naive_departures(environments, held, count)
    assert choose_departures(environments, held, count) == expected
