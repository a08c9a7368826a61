"""A choice is made once for a count, and holds under every cap under which it fits."""

from sim.facts import instance_types
from sim.model.execution_environment import EnvironmentShape
from sim.placement.instance_choice import cheapest
from sim.placement.type_choice import TypeChoice

SHAPE, OVERHEAD = EnvironmentShape(1, 2048), EnvironmentShape(1, 1024)
LARGE, XLARGE, TWO_XLARGE = (
    instance_types()[f"m7g.{size}"] for size in ("large", "xlarge", "2xlarge")
)


def a_choice(*types):
    """The choice of the cheapest among types, and what it was asked."""
    asked = []

    def choose(*, count, vcpu_left):
        asked.append((count, vcpu_left))
        return cheapest(types, shape=SHAPE, overhead=OVERHEAD, count=count, vcpu_left=vcpu_left)

    return TypeChoice((types,), choose), asked


def test_a_count_is_chosen_for_once():
    """However much the cap leaves, as long as what was chosen fits."""
    choice, asked = a_choice(LARGE, XLARGE, TWO_XLARGE)
    assert [choice.chosen(7, vcpu_left) for vcpu_left in (100, 50, 8)] == [TWO_XLARGE] * 3
    assert len(asked) == 1


def test_a_cap_that_binds_is_asked_about_and_forgotten():
    """A smaller type is taken for want of vCPUs, none for want of all, and the first one after."""
    choice, _ = a_choice(LARGE, XLARGE, TWO_XLARGE)
    expected = {100: TWO_XLARGE, 7: XLARGE, 3: LARGE, 1: None, 8: TWO_XLARGE}
    assert {left: choice.chosen(7, left) for left in expected} == expected


def test_the_only_type_is_known_before_it_is_chosen():
    """Only where there is no other in any tier."""
    assert a_choice(LARGE)[0].only_type == LARGE
    assert a_choice(LARGE, XLARGE)[0].only_type is None
