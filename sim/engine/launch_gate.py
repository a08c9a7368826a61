"""Whether a capacity provider may try to launch: what failed lately is left alone for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.facts import InstanceType
from sim.model.journal_entries import PurposeOfLaunch
from sim.placement.plans import UnmetNeed


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Instances of one type for one Availability Zone, asked for in one RunInstances call."""

    instance_type: InstanceType
    availability_zone: str
    count: int
    purpose: PurposeOfLaunch
    is_beyond_cap: bool = False
    """Whether it was held against the instances that existed alone when it was planned."""
    client_token: str = ""
    """Given when EC2 is asked: asking again for want of an answer then launches nothing twice."""

    @property
    def offer(self) -> tuple[str, str]:
        """Zone and type: what EC2 may be short of."""
        return self.availability_zone, self.instance_type.name


_NO_TYPES: frozenset[str] = frozenset()


@dataclass(slots=True)
class Backoff:
    """How often in a row something failed, and until when it is left alone."""

    failure_count: int = 0
    closed_until_us: int = 0

    def is_open(self, now_us: int) -> bool:
        """Whether it may be tried at `now_us`."""
        return now_us >= self.closed_until_us


@dataclass(slots=True)
class LaunchGate:
    """Whether a provider may try to launch now, and how its last tries went."""

    in_flight: list[LaunchOrder] = field(default_factory=list)
    in_doubt: list[LaunchOrder] = field(default_factory=list)
    """Those of which no answer came: EC2 may have carried them out."""
    backoff: Backoff = field(default_factory=Backoff)
    start_backoff: Backoff = field(default_factory=Backoff)
    """Closes when instances die while they start; one that starts takes it back."""
    zone_backoffs: dict[str, Backoff] = field(default_factory=dict)
    """Zones in which launches fail; a launch that succeeds there takes its zone out."""
    offer_backoffs: dict[tuple[str, str], Backoff] = field(default_factory=dict)
    """Types that cannot be had in a zone, by zone and type; one that starts takes its pair out."""
    last_reason_code: str = ""
    """Why the last launch failed; empty once an instance has started, for what EC2 accepts may
    still not start."""
    last_message: str = ""
    denied_us: list[int] = field(default_factory=list)
    """Instants at which IAM refused a wave of launches since the last success."""
    has_launched: bool = False
    unmet: Mapping[str, UnmetNeed] = field(default_factory=dict)
    """Needs of the last round that found no room, by version ARN."""
    retry_planned_us: int = -1
    """Opening time for which another round is planned."""

    @property
    def closed_until_us(self) -> int:
        """When the provider itself may launch again; zones and types may open later."""
        return max(self.backoff.closed_until_us, self.start_backoff.closed_until_us)

    def is_open(self, now_us: int) -> bool:
        """Whether the provider itself may launch."""
        return now_us >= self.closed_until_us

    def vcpu_in_flight(self) -> int:
        """vCPUs of launches that EC2 has not answered yet."""
        return sum(order.count * order.instance_type.vcpu for order in self.in_flight)

    def vcpu_in_doubt(self, but: LaunchOrder) -> int:
        """vCPUs that may run unheard of, those of one order left out."""
        return sum(
            order.count * order.instance_type.vcpu
            for order in self.in_doubt
            if order.client_token != but.client_token
        )

    def open_zones(self, zones: Sequence[str], now_us: int) -> tuple[str, ...]:
        """Those of `zones` in which launches may be tried."""
        if not self.zone_backoffs:
            return tuple(zones)
        closed = [z for z, backoff in self.zone_backoffs.items() if not backoff.is_open(now_us)]
        return tuple(zone for zone in zones if zone not in closed)

    def closed_types(self, zones: Sequence[str], now_us: int) -> dict[str, frozenset[str]]:
        """Types not asked for now, because EC2 did not have them lately, by those of `zones`."""
        if not self.offer_backoffs:
            return dict.fromkeys(zones, _NO_TYPES)
        closed = [offer for offer, b in self.offer_backoffs.items() if not b.is_open(now_us)]
        return {z: frozenset([name for at, name in closed if at == z]) for z in zones}

    def opens_us(self, zones: Sequence[str], now_us: int) -> int:
        """When more may be tried next; not later than `now_us` if nothing in `zones` is closed."""
        if self.open_zones(zones, now_us):
            is_open = self.is_open(now_us)
            return self._next_offer_us(now_us) if is_open else self.closed_until_us
        first_zone_us = min(self.zone_backoffs[zone].closed_until_us for zone in zones)
        return max(self.closed_until_us, first_zone_us)

    def _next_offer_us(self, now_us: int) -> int:
        """When the first closed type opens; zero when none is closed."""
        closed = [b for b in self.offer_backoffs.values() if not b.is_open(now_us)]
        return min((b.closed_until_us for b in closed), default=0)

    def backoff_for(self, order: LaunchOrder, *, is_of_zone: bool, is_of_offer: bool) -> Backoff:
        """The back-off that a failure of an order lengthens: the narrowest that it concerns."""
        if is_of_offer:
            return self.offer_backoffs.setdefault(order.offer, Backoff())
        if is_of_zone:
            return self.zone_backoffs.setdefault(order.availability_zone, Backoff())
        return self.backoff

    def note_success(self, order: LaunchOrder) -> None:
        """EC2 gave instances: what failed on the way to them is forgotten."""
        self.has_launched = True
        self.backoff = Backoff()
        self.zone_backoffs.pop(order.availability_zone, None)
        self.denied_us.clear()

    def note_start(self, availability_zone: str, instance_type: str) -> None:
        """An instance is running: starting works, and its type is to be had where it is."""
        self.start_backoff = Backoff()
        self.offer_backoffs.pop((availability_zone, instance_type), None)
        self.last_reason_code, self.last_message = "", ""
