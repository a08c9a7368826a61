"""What was published about fleets, bills and load tests: the only place of its numbers.

The bands are made as in `scaling_claims`.
"""

from tests.validation.published.claim import Behaviour, Figure
from tests.validation.published.measures import (
    bill_error,
    down_to_minutes,
    environments_after,
    environments_of,
    gone_minutes,
    instances_after,
    instances_of,
    is_deactivated,
    month_usd,
    throttled_percent,
)
from tests.validation.published.sources import BENCHMARK, GUIDE

_CPU = ("admission.cpu_refuse_fraction", "admission.cpu_time_constant")

FLEET = (
    Behaviour(
        title="Instances and environments of a first publish, by Availability Zones",
        source=f"dev.classmethod.jp, AZ startup behavior, 2025-12-26; two zones: {BENCHMARK}",
        status="measured",
        scenario="configs/published/zones.yaml",
        is_random=False,
        figures=tuple(
            Figure(f"{what}, {zones.replace('-', ' ')}", str(count), (count, count), measure(zones))
            for zones, instances in (
                ("one-zone", 1),
                ("two-zones", 2),
                ("three-zones", 3),
                ("four-zones", 3),
            )
            for what, count, measure in (
                ("instances", instances, instances_of),
                ("environments", 3, environments_of),
            )
        ),
    ),
    Behaviour(
        title="Bounds of 0 and 0 switch a version off",
        source=GUIDE,
        status="documented",
        scenario="configs/published/switched-off.yaml",
        figures=(
            Figure("stays Deactivated", "yes", (1.0, 1.0), is_deactivated),
            Figure(
                "calls that fail after that",
                "all",
                (100.0, 100.0),
                throttled_percent((11, 60)),
                unit="%",
                remark="How they fail is not published; here they are throttled",
            ),
            Figure(
                "until the last instance is terminated",
                "a few minutes",
                (1.0, 5.0),
                gone_minutes(10),
                unit="min",
                digits=1,
                leans_on=("scaler.empty_instance_grace", "termination.shutdown"),
            ),
        ),
    ),
    Behaviour(
        title="After the load",
        source=(
            "Lambda Developer Guide, troubleshooting, read 2026-11-23: gradual and conservative; "
            f"90 min: {BENCHMARK}, which waits no longer for its baseline"
        ),
        status="documented",
        scenario="configs/published/idle-after-load.yaml",
        figures=(
            Figure(
                "environments at the end", "the minimum, 3", (3.0, 3.0), environments_after(239)
            ),
            Figure("instances at the end", "3", (3.0, 3.0), instances_after(239)),
            Figure(
                "until there are 3 environments",
                "gradual, up to 90 min",
                (10.0, 90.0),
                down_to_minutes(30, 3, "environments_ready"),
                unit="min",
                leans_on=("scaler.scale_in_sustain", "scaler.scale_in_period"),
                remark="AWS gives no number; ten minutes are the least that we call gradual",
            ),
            Figure(
                "until there are 3 instances",
                "gradual, up to 90 min",
                (10.0, 90.0),
                down_to_minutes(30, 3, "instances"),
                unit="min",
                leans_on=("scaler.consolidation_period", "scaler.empty_instance_grace"),
            ),
        ),
    ),
    Behaviour(
        title="AWS's calculator: 25 environments of 1 vCPU on c7g.xlarge",
        source="aws-samples, sample-aws-lambda-managed-instances, pricing calculator, 2026-03-19",
        status="documented",
        scenario="configs/published/calculator-packing.yaml",
        is_random=False,
        figures=(
            Figure("environments", "25", (25.0, 25.0), environments_of("web")),
            Figure(
                "instances",
                "9, before factors for safety",
                (9.0, 9.0),
                instances_of("web"),
                leans_on=("managed_instance.overhead_vcpu", "managed_instance.overhead_memory"),
            ),
        ),
    ),
    Behaviour(
        title="The bill",
        source=(
            "Lambda Developer Guide and aws.amazon.com/lambda/pricing, read 2026-11-23; the "
            "month: AWS's skill aws-lambda-managed-instances of early 2026"
        ),
        status="documented",
        scenario="configs/published/bill.yaml",
        figures=(
            Figure(
                "off hours at the price, 15 % and $0.20 a million requests",
                "nothing",
                (0.0, 1e-4),
                lambda result: 100 * bill_error(result),
                unit="%",
                digits=4,
                remark="The bill counts nano-dollars",
            ),
            Figure(
                "a month of 100 requests a second on three m7i.large",
                "$288",
                (287.5, 288.5),
                month_usd,
                unit="$",
                leans_on=("pricing.management_fee_fraction",),
                is_met=False,
            ),
        ),
    ),
)

_WORK = {
    "Graviton4 as fast as AWS's factors say": (),
    "as fast as default Lambda's processors": ("functions.0.cpu.value=47700us",),
}
LOAD_TESTS = (
    Behaviour(
        title="Load test, steady waiting: 250 calls a second that wait 100 ms",
        source=BENCHMARK,
        status="measured",
        scenario="configs/published/benchmark-steady-io.yaml",
        figures=(
            Figure(
                "calls refused",
                "0 %",
                (0.0, 0.0),
                throttled_percent(),
                unit="%",
                digits=2,
            ),
            Figure("instances", "2", (2.0, 2.0), instances_after(11)),
        ),
    ),
    Behaviour(
        title="Load test, growing waiting: up to 500 calls a second that wait 500 ms",
        source=BENCHMARK,
        status="measured",
        scenario="configs/published/benchmark-bursty-io.yaml",
        figures=(
            Figure(
                "calls refused",
                "0.05 %, at the very end",
                (0.0, 0.1),
                throttled_percent(),
                unit="%",
                digits=2,
                leans_on=("scaler.target_concurrency_fraction",),
                remark="250 at a time for 256 slots; callers at random moments make it 0.2 %",
            ),
        ),
    ),
    Behaviour(
        title="Load test, computing: up to 120 calls a second of 200,000 rounds of hashing",
        source=BENCHMARK,
        status="measured",
        scenario="configs/published/benchmark-cpu-break.yaml",
        variants=_WORK,
        figures=(
            Figure(
                "calls refused",
                "5.85 %",
                (2.9, 11.7),
                throttled_percent(),
                unit="%",
                digits=1,
                leans_on=_CPU,
                remark="Published is between the two speeds that the processor may have",
                is_met=False,
            ),
            Figure(
                "calls refused in the first three minutes",
                "some",
                (0.001, 5.0),
                throttled_percent((0, 3)),
                unit="%",
                digits=2,
                leans_on=_CPU,
                is_met=False,
            ),
        ),
    ),
    Behaviour(
        title="Load test, mixed: up to 300 calls a second, 50 ms of waiting and some hashing",
        source=BENCHMARK,
        status="measured",
        scenario="configs/published/benchmark-mixed.yaml",
        figures=(
            Figure(
                "calls refused",
                "1.91 %",
                (0.95, 3.8),
                throttled_percent(),
                unit="%",
                digits=2,
                leans_on=_CPU,
                is_met=False,
            ),
        ),
    ),
)
