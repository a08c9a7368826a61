"""Keeps the price list of a run exact: prices are fractions in nano-dollars, read from facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sim.metrics.fact_lookup import exact_number, fact_of, whole_number
from sim.model.run_record import RunRecord
from sim.units import NANO_USD_PER_USD, SECOND_US

ON_DEMAND_DURATION = "pricing.lambda_usd_per_gb_second"
"""Stem of the facts with the duration price of default Lambda; the architecture follows."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What things cost, in nano-dollars."""

    management_fee_fraction: Fraction
    """Fee as a fraction of the instance's On-Demand price."""
    minimum_billed_s: int
    """Least time an instance is billed for, seconds."""
    request_per_million: Fraction
    """A million requests on managed instances."""
    on_demand_request_per_million: Fraction
    """A million requests on default Lambda."""
    on_demand_step_us: int
    """Durations on default Lambda are rounded up to whole steps of this, microseconds."""
    on_demand_gib_second: Mapping[str, Fraction]
    """Duration of default Lambda per GiB-second, tier 1, by architecture."""


def prices(record: RunRecord) -> Prices:
    """Read the prices from the record; what it does not carry, from the catalogue."""
    architectures = {function.architecture for function in record.functions}
    minimum_us = whole_number(fact_of(record, "pricing.instance_minimum_billed"))
    return Prices(
        management_fee_fraction=exact_number(fact_of(record, "pricing.management_fee_fraction")),
        minimum_billed_s=-(-minimum_us // SECOND_US),
        request_per_million=_nano_usd(record, "pricing.request_usd_per_million"),
        on_demand_request_per_million=_nano_usd(record, "pricing.lambda_request_usd_per_million"),
        on_demand_step_us=whole_number(fact_of(record, "pricing.lambda_billing_step")),
        on_demand_gib_second={
            architecture: _nano_usd(record, f"{ON_DEMAND_DURATION}.{architecture}")
            for architecture in sorted(architectures)
        },
    )


def _nano_usd(record: RunRecord, name: str) -> Fraction:
    return exact_number(fact_of(record, name)) * NANO_USD_PER_USD
