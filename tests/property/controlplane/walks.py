"""Long walks through the rules of a state machine, from a fixed seed: many steps, none shrunk.

Hypothesis looks for short histories that fail and makes them shorter; what it costs to remember its
choices is more than what a step costs here. So these walks make the many steps.
"""

import inspect
import random  # noqa: TID251 - a test fixes its seed
from collections.abc import Callable, Mapping, Sequence

from hypothesis.stateful import RuleBasedStateMachine

STEPS = 100_000


def walk(
    begin: Callable[[], RuleBasedStateMachine],
    rules: Mapping[str, Mapping[str, Sequence[object]]],
    check: Callable[[RuleBasedStateMachine], None],
    *,
    steps_per_world: int,
    seed: int,
) -> None:
    """Take `STEPS` steps in worlds that `begin` makes, and check after each.

    `rules` has the choices for every argument of every rule; all rules are equally likely.
    """
    draw = random.Random(seed)
    names = list(rules)
    for _ in range(STEPS // steps_per_world):
        machine = begin()
        for _ in range(steps_per_world):
            name = draw.choice(names)
            chosen = {argument: draw.choice(among) for argument, among in rules[name].items()}
            getattr(machine, name)(**chosen)
            check(machine)
        machine.teardown()


def choices(
    machine: type[RuleBasedStateMachine],
    named: Sequence[str],
    /,
    **among: Sequence[object],
) -> dict[str, dict[str, Sequence[object]]]:
    """The choices for rules: by argument, or by `rule_argument` where it means something else."""
    found = {}
    for name in named:
        arguments = list(inspect.signature(getattr(machine, name)).parameters)[1:]
        found[name] = {a: among[f"{name}_{a}" if f"{name}_{a}" in among else a] for a in arguments}
    return found
