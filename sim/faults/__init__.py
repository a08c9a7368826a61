"""What goes wrong in a world and when it heals: one kind of fault per module, by its name."""

from sim.faults._fault import FaultSettings
from sim.faults._levers import IdentityLevers, Levers

__all__ = ["FaultSettings", "IdentityLevers", "Levers"]
