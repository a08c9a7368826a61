"""Keeps the price list of a run exact: prices are fractions in nano-dollars, read from facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sim.facts import catalogue
from sim.facts.region_prices import PRICED_REGION, region_factor_name
from sim.metrics.fact_lookup import exact_number, exact_numbers, fact_of, whole_number
from sim.model.run_record import RunRecord
from sim.units import DAY_US, MIB_PER_GIB, NANO_USD_PER_USD, SECOND_US

ARCHITECTURES = ("arm64", "x86_64")
ON_DEMAND_DURATION = "pricing.lambda_usd_per_gb_second"
"""Stem of the facts with the duration price of default Lambda; the architecture follows."""
MONTH_US = 30 * DAY_US
"""Length of the month that a run is extrapolated to; a GiB-month of a volume is as long."""


@dataclass(frozen=True, slots=True)
class DurationTiers:
    """Default Lambda's price of a GiB-second, which falls with the volume of a month."""

    nano_usd: tuple[Fraction, ...]
    """Price in each tier."""
    upper_gib_seconds: tuple[Fraction, ...]
    """GiB-seconds a month at which each tier but the last ends."""

    def mean_nano_usd(self, gib_seconds_per_month: Fraction) -> Fraction:
        """Mean price of a GiB-second in a month of that volume; the first tier's for none."""
        volume = gib_seconds_per_month
        if not volume:
            return self.nano_usd[0]
        lower = (Fraction(0), *self.upper_gib_seconds)
        upper = (*self.upper_gib_seconds, volume)
        tiers = zip(self.nano_usd, lower, upper, strict=True)
        inside = (p * max(min(volume, end) - start, Fraction(0)) for p, start, end in tiers)
        return sum(inside, start=Fraction(0)) / volume


@dataclass(frozen=True, slots=True)
class ProvisionedPrices:
    """Provisioned concurrency: what is configured costs, and what runs on it costs too."""

    configured_nano_usd: Fraction
    """A GiB-second of configured concurrency."""
    duration_nano_usd: Fraction
    """A GiB-second of duration."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What things cost, in nano-dollars."""

    management_fee_fraction: Fraction
    """Fee as a fraction of the instance's On-Demand price, never discounted."""
    region_factor: Fraction
    """On-Demand prices of the run's Region over those of `PRICED_REGION`."""
    ec2_discount_fraction: Fraction
    """What the account's plan takes off the EC2 part."""
    minimum_billed_s: int
    """Least time an instance or its volume is billed for, seconds."""
    volume_gib: Fraction
    """Size of the volume that is billed with each instance, 0 if none is."""
    volume_gib_month: Fraction
    """A GiB of volume for `MONTH_US`."""
    request_per_million: Fraction
    """A million requests on managed instances."""
    on_demand_request_per_million: Fraction
    """A million requests on default Lambda."""
    on_demand_step_us: int
    """Durations on default Lambda are rounded up to whole steps of this, microseconds."""
    on_demand_tiers: Mapping[str, DurationTiers]
    """Duration of default Lambda, by architecture."""
    provisioned: Mapping[str, ProvisionedPrices]
    """Provisioned concurrency, by architecture."""
    provisioned_step_us: int
    """Configured time is rounded up to whole steps of this, microseconds."""


def prices(record: RunRecord) -> Prices:
    """Read the prices from the record; what it does not carry, from the catalogue."""
    minimum_us = whole_number(fact_of(record, "pricing.instance_minimum_billed"))
    return Prices(
        management_fee_fraction=exact_number(fact_of(record, "pricing.management_fee_fraction")),
        region_factor=region_factor(record),
        ec2_discount_fraction=discount(record, "ec2"),
        minimum_billed_s=-(-minimum_us // SECOND_US),
        volume_gib=Fraction(whole_number(fact_of(record, "pricing.instance_volume")), MIB_PER_GIB),
        volume_gib_month=_nano_usd(record, "pricing.volume_usd_per_gib_month"),
        request_per_million=_nano_usd(record, "pricing.request_usd_per_million"),
        on_demand_request_per_million=_nano_usd(record, "pricing.lambda_request_usd_per_million"),
        on_demand_step_us=whole_number(fact_of(record, "pricing.lambda_billing_step")),
        on_demand_tiers={name: _tiers(record, name) for name in ARCHITECTURES},
        provisioned={name: _provisioned(record, name) for name in ARCHITECTURES},
        provisioned_step_us=whole_number(fact_of(record, "pricing.provisioned_billing_step")),
    )


def discount(record: RunRecord, plan: str) -> Fraction:
    """What a plan takes off: `plan_1_year`, `plan_3_year`, `lambda_plan`, or `ec2` (this run's)."""
    return exact_number(fact_of(record, f"pricing.{plan}_discount_fraction"))


def region_factor(record: RunRecord) -> Fraction:
    """Prices of the run's Region over those of `PRICED_REGION`; 1 where nothing is known."""
    name = region_fact(record)
    return exact_number(fact_of(record, name)) if name else Fraction(1)


def region_fact(record: RunRecord) -> str:
    """Name of the fact behind `region_factor`; empty where there is none."""
    name = region_factor_name(region_of(record))
    return name if name in catalogue().names() else ""


def region_of(record: RunRecord) -> str:
    """The Region of the run."""
    return str(record.scenario.get("region", PRICED_REGION))


def _tiers(record: RunRecord, architecture: str) -> DurationTiers:
    upper = exact_numbers(fact_of(record, f"{ON_DEMAND_DURATION}_upper_tiers.{architecture}"))
    return DurationTiers(
        nano_usd=(
            _nano_usd(record, f"{ON_DEMAND_DURATION}.{architecture}"),
            *(price * NANO_USD_PER_USD for price in upper),
        ),
        upper_gib_seconds=exact_numbers(
            fact_of(record, f"pricing.lambda_tier_gb_seconds.{architecture}")
        ),
    )


def _provisioned(record: RunRecord, architecture: str) -> ProvisionedPrices:
    duration = f"pricing.provisioned_duration_usd_per_gb_second.{architecture}"
    return ProvisionedPrices(
        configured_nano_usd=_nano_usd(
            record, f"pricing.provisioned_usd_per_gb_second.{architecture}"
        ),
        duration_nano_usd=_nano_usd(record, duration),
    )


def _nano_usd(record: RunRecord, name: str) -> Fraction:
    return exact_number(fact_of(record, name)) * NANO_USD_PER_USD
