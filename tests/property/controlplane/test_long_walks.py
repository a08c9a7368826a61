"""A hundred thousand steps through the network and through Lambda, beside their plain models."""

from test_ec2_network_model import PARTS, RANGES, NetworkMachine
from test_lambda_state_machine import ALIASES, NUMBERS, PROVIDERS, TEXTS, LambdaMachine
from walks import choices, walk

NETWORK_RULES = [
    "create_vpc",
    "delete_vpc",
    "create_subnet",
    "delete_subnet",
    "create_group",
    "delete_group",
    "launch",
    "terminate",
    "create_nat",
    "delete_nat",
    "create_table",
    "associate",
    "disassociate",
    "delete_table",
    "create_gateway",
    "attach",
    "detach",
    "delete_gateway",
]
LAMBDA_RULES = [
    "create_provider",
    "create_provider_twice",
    "delete_provider",
    "create_function",
    "describe",
    "publish",
    "delete_version",
    "delete_function",
    "put_alias",
    "delete_alias",
    "let_time_pass",
]
SELDOM = [False] * 9 + [True]


def a_network():
    """What the scenario has, and a model that begins with it."""
    machine = NetworkMachine(duration="20h")
    machine.take_over()
    return machine


def a_lambda():
    """A provider with a function that was published once."""
    machine = LambdaMachine()
    machine.begin()
    return machine


def test_the_network_agrees_for_a_hundred_thousand_steps():
    """Same answers, same free addresses, and no error leaves a trace."""
    picks = range(6)
    rules = choices(
        NetworkMachine,
        NETWORK_RULES,
        pick=picks,
        place=picks,
        name=["web", "data", "default"],
        create_vpc_cidr=RANGES,
        create_subnet_cidr=PARTS,
    )
    check = NetworkMachine.free_addresses_are_as_in_the_model
    walk(a_network, rules, check, steps_per_world=500, seed=20261125)


def test_lambda_agrees_for_a_hundred_thousand_steps():
    """Same codes, the same names in every list, and no error leaves a trace."""
    rules = choices(
        LambdaMachine,
        LAMBDA_RULES,
        name=PROVIDERS,
        provider=PROVIDERS,
        is_meant=SELDOM,
        count=[1, 2],
        text=TEXTS,
        is_published=[False, True],
        number=NUMBERS,
        alias=ALIASES,
        names=[[one] for one in NUMBERS] + [[one, other] for one in NUMBERS for other in NUMBERS],
        is_new=[False, True],
    )

    def check(machine):
        """Lists in pages of one cost most of a step: one time in ten is often enough."""
        machine.page_size = 1 if machine.page_size > 9 else machine.page_size + 1
        machine.lists_have_the_same_names()

    walk(a_lambda, rules, check, steps_per_world=500, seed=20261125)
