"""How a world places environments: kinds found in the folders of `sim.placement`."""

from typing import TYPE_CHECKING

from sim.placement.choice_settings import ChoiceSettings
from sim.placement.choices.price_per_slot import PricePerSlot
from sim.placement.packing_settings import PackingSettings
from sim.placement.packings.best_fit import BestFit
from sim.placement.zone_balance_settings import ZoneBalanceSettings
from sim.placement.zone_balances.even import Even
from sim.registry import one_of_kinds
from sim.strict_model import StrictModel

if TYPE_CHECKING:
    InstanceChoice = ChoiceSettings
    Packing = PackingSettings
    ZoneBalance = ZoneBalanceSettings
else:
    InstanceChoice = one_of_kinds("sim.placement.choices")
    Packing = one_of_kinds("sim.placement.packings")
    ZoneBalance = one_of_kinds("sim.placement.zone_balances")


class Placement(StrictModel):
    """By which rules Lambda chooses instances and fills them; AWS does not publish its own."""

    instance_choice: InstanceChoice = PricePerSlot()
    """Which type is launched: `price_per_slot`, `newest_generation` or `fixed_order`."""
    packing: Packing = BestFit()
    """Which instance with room an environment goes to: `best_fit`, `first_fit` or `worst_fit`."""
    zone_balance: ZoneBalance = Even()
    """What happens while a zone cannot be launched in: `even` goes elsewhere, `even_only` waits."""
