"""Invocations that calls make: what each takes is drawn by its number, then it arrives."""

from dataclasses import dataclass

from sim.controlplane.account import Account
from sim.dataplane.boundary import Invocation, ThrottleReason
from sim.engine.arrivals import demands
from sim.model.function_version import FunctionVersion


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one invocation takes, and its chance in the router."""

    io_us: float
    cpu_us: float
    routing: int


def drawn(account: Account, function: str, number: int) -> Drawn:
    """The draws of the invocation of that number: its own, whatever else is invoked."""
    streams = account.foundation.streams
    io, cpu, routing = (
        streams.indexed(f"{what}/invoke/{function}", number) for what in ("io", "cpu", "routing")
    )
    io_us, cpu_us = demands(account.behaviours.of_existing(function).work, io, cpu, 1)
    word = int(routing.bit_generator.random_raw())
    return Drawn(float(io_us[0]), float(cpu_us[0]), word)


def share_drawn(account: Account, function: str, number: int) -> float:
    """The draw, 0 to below 1, that sends the invocation of that number through an alias."""
    return float(account.foundation.streams.indexed(f"alias/invoke/{function}", number).random())


def attempt(account: Account, version: FunctionVersion, what: Drawn) -> ThrottleReason | None:
    """Let it arrive at this instant; why it was throttled, if it was."""
    return account.world.invoke(
        Invocation(version.function_index, what.io_us, what.cpu_us, what.routing)
    )
