"""Which kinds a world places with: one choice of types, one packing, one balance of zones."""

from dataclasses import dataclass, field

from sim.placement.choice_settings import ChoiceSettings
from sim.placement.choices.price_per_slot import PricePerSlot
from sim.placement.packing_settings import PackingSettings
from sim.placement.packings.best_fit import BestFit
from sim.placement.zone_balance_settings import ZoneBalanceSettings
from sim.placement.zone_balances.even import Even


@dataclass(frozen=True, slots=True)
class PlacementRules:
    """The kinds; what is left out is Lambda's own as it is assumed to be."""

    instance_choice: ChoiceSettings = field(default_factory=PricePerSlot)
    packing: PackingSettings = field(default_factory=BestFit)
    zone_balance: ZoneBalanceSettings = field(default_factory=Even)
