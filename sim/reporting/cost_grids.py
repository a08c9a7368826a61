"""Keeps the money of the report: the bill, and what the same work would cost bought otherwise."""

import math
from collections.abc import Hashable, Mapping

from sim.facts.region_prices import PRICED_REGION, REGION_FACTOR
from sim.metrics import Tables
from sim.metrics.prices import region_factor, region_of
from sim.model.run_record import RunRecord
from sim.reporting.grids import Grid, code, figures, text
from sim.reporting.wording import NOTHING, number, usd
from sim.units import NANO_USD_PER_USD

_ITEMS = {
    "ec2": "EC2 instances",
    "fee": "Management fee",
    "storage": "Volumes of the instances",
    "requests": "Requests",
    "total": "Total",
}
_OPTIONS = {
    "this_run": "Managed Instances, this run",
    "plan_1_year": "Managed Instances, 1-year plan",
    "plan_3_year": "Managed Instances, 3-year plan",
    "on_demand": "Default Lambda, {architecture}",
    "on_demand_plan": "Default Lambda, Savings Plan",
    "provisioned_peak": "Provisioned for the peak",
    "provisioned_following": "Provisioned, set every 5 min",
    "ec2": "Plain EC2, same instances",
    "ec2_plan_3_year": "Plain EC2, 3-year plan",
}


def option_words(row: Mapping[Hashable, object]) -> str:
    """Name of a way to buy the work, from a row of `cost_options`."""
    return _OPTIONS[str(row["option"])].format(architecture=row["architecture"])


def cost_grid(tables: Tables) -> Grid:
    """The bill by item, with the preparation shown apart and the stretch to 30 days labelled."""
    columns = (
        text("Item"), figures("This run"), figures("of that before traffic"),
        figures("Per million completed"), figures("Stretched to 30 days"),
    )  # fmt: skip
    money = ("usd", "preparation_usd", "usd_per_million_completed", "usd_per_30_days")
    rows = tuple(
        (_ITEMS[row["item"]], *(usd(row[column]) for column in money))
        for row in tables.cost.to_dict("records")
        if row["item"] != "storage" or row["nano_usd"]
    )
    return Grid(columns, rows)


def options_grid(tables: Tables) -> Grid:
    """Every way to buy the work by its parts, against this run, and stretched to 30 days."""
    columns = (
        text("Bought as"), figures("This run"), figures("Against it"), figures("In 30 days"),
        figures("Compute"), figures("Fee or standby"), figures("Requests"), text("Prices"),
    )  # fmt: skip
    return Grid(columns, tuple(_option_cells(r) for r in tables.cost_options.to_dict("records")))


def _option_cells(row: Mapping[Hashable, object]) -> tuple[str, ...]:
    parts = (float(str(row[f"{part}_nano_usd"])) for part in ("compute", "standing", "requests"))
    ratio = float(str(row["against_this_run"]))
    return (
        option_words(row),
        usd(float(str(row["total_usd"]))),
        NOTHING if math.isnan(ratio) else f"{number(ratio)}\N{MULTIPLICATION SIGN}",
        usd(float(str(row["usd_per_30_days"]))),
        *(usd(part / NANO_USD_PER_USD) if part else NOTHING for part in parts),
        _price_words(str(row["rests_on"])),
    )


def _price_words(rests_on: str) -> str:
    """What prices are, by the fact that they rest on."""
    if rests_on.startswith(REGION_FACTOR):
        return "times a factor"
    return "assumed" if rests_on else "listed"


def on_demand_grid(tables: Tables) -> Grid:
    """Default Lambda's bill by function."""
    columns = (
        code("Function"), figures("Completed"), figures("Memory, MiB"), figures("Billed each, ms"),
        figures("Requests"), figures("Duration"), figures("Total"),
    )  # fmt: skip
    rows = tuple(
        (
            row["function"], number(row["completed"]), f"{row['memory_mib']:,}",
            number(row["billed_ms"]), usd(row["requests_nano_usd"] / NANO_USD_PER_USD),
            usd(row["duration_nano_usd"] / NANO_USD_PER_USD), usd(row["total_usd"]),
        )
        for row in tables.on_demand.to_dict("records")
    )  # fmt: skip
    return Grid(columns, rows)


def region_words(record: RunRecord) -> str:
    """Which prices the instances have, if not the listed ones of their Region."""
    region = region_of(record)
    if region == PRICED_REGION:
        return f"Instance prices are the list prices of {region}."
    factor = float(region_factor(record))
    known = [fact for fact in record.pricing if fact.name.startswith(REGION_FACTOR)]
    if known:
        status = known[0].status.value
        return (
            f"Instance prices are those of {PRICED_REGION} times {factor:g}, the "
            f"{status} factor of {region}; Lambda's own prices are those of {PRICED_REGION}."
        )
    return f"No prices of {region} are known here: all prices are those of {PRICED_REGION}."
