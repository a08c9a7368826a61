"""Keeps what instances cost that EC2 did not end when Lambda asked for it."""

from dataclasses import dataclass
from typing import TypeGuard

from sim.metrics.instances import bill_nano_usd, lives_of
from sim.metrics.prices import prices
from sim.model.callers import SERVICE_LINKED_ROLE
from sim.model.journal_entries import ApiCalled
from sim.model.run_record import RunRecord
from sim.model.states import ManagedInstanceState
from sim.units import SECOND_US

_TERMINATE = "ec2:TerminateInstances"
_ENDING = ManagedInstanceState.SHUTTING_DOWN


@dataclass(frozen=True, slots=True)
class OverdueEnd:
    """One instance that went on after Lambda's first call to end it had failed."""

    instance_id: str
    asked_us: int
    """World time of that call."""
    ended_us: int
    """When EC2 began to end it; the end of the run if it did not."""
    nano_usd: int
    """What its seconds in between cost with fee and storage; part of the bill, not beside it."""


def overdue_ends(record: RunRecord) -> list[OverdueEnd]:
    """Instances in the order of the calls; those that got work again meanwhile are among them."""
    lives, price_list = lives_of(record), prices(record)
    asked_us: dict[str, int] = {}
    for entry in record.journal:
        if is_refused_end(entry):
            for name in filter(lives.__contains__, entry.resource.split()):
                asked_us.setdefault(name, entry.time_us)
    ends = []
    for name, time_us in asked_us.items():
        life = lives[name]
        ended_us = life.entered_us.get(_ENDING, record.horizon_us)
        is_billed = ManagedInstanceState.RUNNING in life.entered_us
        seconds = max(0, ended_us - time_us) // SECOND_US if is_billed else 0
        cost = bill_nano_usd(life.launch.nano_usd_per_hour, seconds, price_list)
        ends.append(OverdueEnd(name, time_us, ended_us, cost))
    return ends


def is_refused_end(entry: object) -> TypeGuard[ApiCalled]:
    """Whether Lambda's own call to end instances failed; a customer's is none of its business."""
    return (
        isinstance(entry, ApiCalled)
        and entry.operation == _TERMINATE
        and bool(entry.error_code)
        and entry.caller_role == SERVICE_LINKED_ROLE
    )
