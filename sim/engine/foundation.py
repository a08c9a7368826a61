"""What every part of a world stands on: its clock, its journal, its identifiers and its chance."""

from dataclasses import dataclass, field

from sim.engine.journal import Journal
from sim.engine.kernel import Kernel
from sim.engine.randomness import Streams
from sim.model.identifiers import IdentifierSequence


@dataclass(frozen=True, slots=True)
class Foundation:
    """Shared by the engine and the control plane of one world."""

    streams: Streams
    kernel: Kernel = field(default_factory=Kernel)
    journal: Journal = field(default_factory=Journal)
    identifiers: IdentifierSequence = field(default_factory=IdentifierSequence)
