"""Keeps the comparison honest: the same accepted invocations, bought in every other way.

Plans take off the EC2 part only; the fee is taken on the undiscounted price in every row. On plain
EC2 the same fleet runs without Lambda: no fee, no requests, and no price for what then does
Lambda's work (load balancer, scaling, patches).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

import pandas as pd

from sim.metrics.cost import managed_request_nano_usd, months_of, request_nano_usd, sum_of
from sim.metrics.instances import instances_table, rounded
from sim.metrics.on_demand import gib_second_prices, provisioned_gib_seconds, usage_of
from sim.metrics.prices import ARCHITECTURES, Prices, discount, prices, region_fact
from sim.model.run_record import RunRecord
from sim.units import NANO_USD_PER_USD


class Family(StrEnum):
    """The service that does the work."""

    MANAGED_INSTANCES = "managed_instances"
    LAMBDA = "lambda"
    EC2 = "ec2"


@dataclass(frozen=True, slots=True)
class CostOption:
    """One way to buy the same work; amounts of the whole run in nano-dollars."""

    key: str
    family: Family
    architecture: str
    """`arm64` or `x86_64`; empty where every function keeps its own."""
    compute: int
    """EC2 and storage, or duration."""
    standing: int
    """Management fee, or configured concurrency."""
    requests: int
    preparation: int
    """Part of the sum that was spent before the first traffic."""
    rests_on: str
    """Name of the fact that the row rests on, empty if it rests on list prices alone."""

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return self.compute + self.standing + self.requests


def cost_options_table(record: RunRecord, instances: pd.DataFrame | None = None) -> pd.DataFrame:
    """Ways to buy the same work, this run's first.

    `instances` is the table `instances_table(record)`, built again if not given.
    Columns: `option`, `family`, `architecture`, `compute_nano_usd`, `standing_nano_usd`,
    `requests_nano_usd`, `total_nano_usd`, `total_usd`, `against_this_run` (ratio of totals, NaN for
    a run without a bill), `usd_per_30_days` (traffic part stretched), `rests_on`. See `CostOption`.
    """
    instances = instances_table(record) if instances is None else instances
    options = list(_options(record, _Fleet.of(record, instances)))
    this_run, months = options[0].total, float(months_of(record))
    return pd.DataFrame(
        {
            "option": option.key,
            "family": option.family,
            "architecture": option.architecture,
            "compute_nano_usd": option.compute,
            "standing_nano_usd": option.standing,
            "requests_nano_usd": option.requests,
            "total_nano_usd": option.total,
            "total_usd": option.total / NANO_USD_PER_USD,
            "against_this_run": option.total / this_run if this_run else float("nan"),
            "usd_per_30_days": (option.total - option.preparation) / NANO_USD_PER_USD / months,
            "rests_on": option.rests_on,
        }
        for option in options
    )


def _options(record: RunRecord, fleet: "_Fleet") -> Iterator[CostOption]:
    price_list = prices(record)
    one_year, three_years = (fleet.under(record, plan) for plan in _PLANS)
    yield fleet.managed("this_run", fleet.billed, "ec2" if price_list.ec2_discount_fraction else "")
    yield fleet.managed("plan_1_year", one_year, "plan_1_year")
    yield fleet.managed("plan_3_year", three_years, "plan_3_year")
    for architecture in ARCHITECTURES:
        yield _on_demand(record, price_list, "on_demand", architecture=architecture)
    yield _on_demand(record, price_list, "on_demand_plan", plan="lambda_plan")
    yield _provisioned(record, price_list, is_following=False)
    yield _provisioned(record, price_list, is_following=True)
    yield fleet.plain("ec2", fleet.listed, "")
    yield fleet.plain("ec2_plan_3_year", three_years, "plan_3_year")


_PLANS = ("plan_1_year", "plan_3_year")


class _Amounts(NamedTuple):
    """Nano-dollars of the whole run, and what of them was spent before the first traffic."""

    whole: int
    preparation: int


@dataclass(frozen=True, slots=True)
class _Fleet:
    """Sums over the instances of the run."""

    listed: _Amounts
    """EC2 undiscounted."""
    billed: _Amounts
    """EC2 with this account's discount, rounded instance by instance as on the bill."""
    fee: _Amounts
    storage: _Amounts
    requests: int
    region_fact: str
    """Name of the assumed fact behind the prices of instances, empty if they are listed ones."""

    @classmethod
    def of(cls, record: RunRecord, instances: pd.DataFrame) -> "_Fleet":
        listed, billed, fee, storage = (
            _Amounts(sum_of(instances, item), sum_of(instances, f"{item}_preparation"))
            for item in ("list", "ec2", "fee", "storage")
        )
        requests = managed_request_nano_usd(record)
        return cls(listed, billed, fee, storage, requests, region_fact(record))

    def under(self, record: RunRecord, plan: str) -> _Amounts:
        """EC2 under a plan, which takes off the undiscounted price."""
        share = 1 - discount(record, plan)
        return _Amounts(*(rounded(amount * share) for amount in self.listed))

    def managed(self, key: str, ec2: _Amounts, plan: str) -> CostOption:
        """Managed instances, with EC2 at some price."""
        return CostOption(
            key=key,
            family=Family.MANAGED_INSTANCES,
            architecture="",
            compute=ec2.whole + self.storage.whole,
            standing=self.fee.whole,
            requests=self.requests,
            preparation=ec2.preparation + self.storage.preparation + self.fee.preparation,
            rests_on=_fact_name(plan) or self.region_fact,
        )

    def plain(self, key: str, ec2: _Amounts, plan: str) -> CostOption:
        """The same instances without Lambda."""
        return CostOption(
            key=key,
            family=Family.EC2,
            architecture="",
            compute=ec2.whole + self.storage.whole,
            standing=0,
            requests=0,
            preparation=ec2.preparation + self.storage.preparation,
            rests_on=_fact_name(plan) or self.region_fact,
        )


def _on_demand(
    record: RunRecord, price_list: Prices, key: str, *, architecture: str = "", plan: str = ""
) -> CostOption:
    gib_second = gib_second_prices(record, price_list, architecture or None)
    share = 1 - discount(record, plan) if plan else Fraction(1)
    duration = requests = 0
    for function in record.functions:
        usage = usage_of(record, function, price_list)
        price = gib_second[architecture or function.architecture] * share
        duration += rounded(usage.gib_seconds * price)
        requests += request_nano_usd(usage.accepted, price_list.on_demand_request_per_million)
    return CostOption(key, Family.LAMBDA, architecture, duration, 0, requests, 0, _fact_name(plan))


def _provisioned(record: RunRecord, price_list: Prices, *, is_following: bool) -> CostOption:
    duration = configured = requests = 0
    for function in record.functions:
        price = price_list.provisioned[function.architecture]
        usage = usage_of(record, function, price_list)
        held = provisioned_gib_seconds(record, function, price_list, is_following=is_following)
        duration += rounded(usage.gib_seconds * price.duration_nano_usd)
        configured += rounded(held * price.configured_nano_usd)
        requests += request_nano_usd(usage.accepted, price_list.on_demand_request_per_million)
    key = "provisioned_following" if is_following else "provisioned_peak"
    return CostOption(key, Family.LAMBDA, "", duration, configured, requests, 0, "")


def _fact_name(plan: str) -> str:
    return f"pricing.{plan}_discount_fraction" if plan else ""
