"""What was published about scaling and throttling: the only place of its numbers.

Where a source gives a band it is taken; a single published run agrees within a factor of two, and
shares of refused calls below 0.1 % count as next to nothing. A count is a count.
"""

from tests.validation.published.claim import Behaviour, Figure
from tests.validation.published.measures import (
    EVER,
    empty_after_minutes,
    environment_cpu_percent,
    environments_after,
    instance_cpu_percent,
    instances_after,
    launch_seconds,
    lost,
    mean,
    percent,
    provider_seconds,
    publish_seconds,
    slots_in_use,
    throttled_for_minutes,
    throttled_percent,
    total,
    work_minutes,
)
from tests.validation.published.sources import GUIDE, SAMPLE, WORKSHOP

_HEADROOM = ("scaler.target_cpu_fraction", "admission.cpu_refuse_fraction")
_CPU = ("admission.cpu_refuse_fraction", "admission.cpu_time_constant")
_REACTION = ("scaler.metric_window", "scaler.scale_out_step_max", "launch.boot_p50")
_STEPS = ("scaler.scale_out_step_max", "scaler.scale_out_period")
_STEP = 40
"""The minute at which traffic grows in the first three scenarios."""

HEADROOM = (
    Behaviour(
        title="Traffic may double within five minutes without throttles",
        source=GUIDE,
        status="documented",
        scenario="configs/published/doubling-in-five-minutes.yaml",
        figures=(
            Figure(
                "calls throttled",
                "none",
                (0.0, 0.01),
                throttled_percent(),
                unit="%",
                digits=2,
                leans_on=(*_HEADROOM, *_REACTION),
            ),
        ),
    ),
    Behaviour(
        title="A spike of half as much again is absorbed at once",
        source="aws/agent-toolkit-for-aws, skill aws-lambda-managed-instances, 2026-08-20",
        status="documented",
        scenario="configs/published/half-more-at-once.yaml",
        figures=(
            Figure(
                "calls throttled",
                "none",
                (0.0, 0.01),
                throttled_percent(),
                unit="%",
                digits=2,
                leans_on=_HEADROOM,
            ),
        ),
    ),
    Behaviour(
        title="More than that is throttled while Lambda scales out, for some minutes",
        source=f"{GUIDE}; the quarter of an hour: {SAMPLE}",
        status="documented",
        scenario="configs/published/three-times-at-once.yaml",
        figures=(
            Figure(
                "calls throttled in the first minute of three times the traffic",
                "some",
                (1.0, 99.0),
                throttled_percent((_STEP, _STEP + 1)),
                unit="%",
                leans_on=_HEADROOM,
            ),
            Figure(
                "until nobody is throttled any more",
                "up to about 15 min",
                (1.0, 15.0),
                throttled_for_minutes(_STEP),
                unit="min",
                leans_on=_REACTION,
            ),
        ),
    ),
)

SLOTS = (
    Behaviour(
        title="48 slots and 60 calls at once",
        source=WORKSHOP,
        status="measured",
        scenario="configs/published/sixty-calls-for-48-slots.yaml",
        figures=(
            Figure("calls that succeed", "48", (48.0, 48.0), total("completed", EVER)),
            Figure(
                "calls throttled for concurrency",
                "12",
                (12.0, 12.0),
                total("throttled_concurrency", EVER),
                leans_on=("admission.cpu_time_constant",),
                remark="Were CPU use looked at without delay, fewer than 48 would come in",
            ),
            Figure(
                "CPU of the instances over five minutes",
                "1.3 to 6.5 %",
                (0.65, 6.5),
                instance_cpu_percent((1, 6)),
                unit="%",
                digits=1,
                remark="Instances at rest use no CPU here; half of what was seen is in the band",
            ),
            Figure(
                "environments after the burst",
                "more than 3",
                (4.0, 9.0),
                environments_after(4),
                leans_on=("scaler.metric_window", "scaler.target_concurrency_fraction"),
                remark="The calls are over in 13 s: the highest report of the window counts",
            ),
            Figure(
                "instances after the burst",
                "3: new environments go on existing instances first",
                (3.0, 3.0),
                instances_after(4),
            ),
            Figure(
                "first publish to Active",
                "2 to 5 min",
                (120.0, 300.0),
                publish_seconds,
                unit="s",
                leans_on=("launch.first_publish_extra", "launch.boot_p50"),
                remark="A third party saw about 2 min",
                is_met=False,
            ),
            Figure(
                "capacity provider to Active",
                "30 to 60 s",
                (30.0, 60.0),
                provider_seconds,
                unit="s",
                leans_on=("capacity_provider.activation",),
                is_met=False,
            ),
        ),
    ),
    Behaviour(
        title="Six waves of 250 calls after that",
        source=WORKSHOP,
        status="measured",
        scenario="configs/published/waves-of-250-calls.yaml",
        figures=(
            Figure(
                "calls of the first wave throttled for good",
                "6",
                (3.0, 12.0),
                total("throttled", (4, 5)),
                leans_on=_STEPS,
                is_met=False,
            ),
            Figure(
                "calls of the last wave throttled for good",
                "0",
                (0.0, 0.0),
                total("throttled", (9, 10)),
                leans_on=_STEPS,
            ),
            Figure(
                "instances after the last wave",
                "5",
                (4.0, 7.0),
                instances_after(12),
                leans_on=("scaler.target_concurrency_fraction", "placement.sizes"),
                remark="Within the limit of 30 vCPUs, which is 7",
            ),
            Figure(
                "new instances online",
                "1 to 2 min",
                (60.0, 120.0),
                launch_seconds,
                unit="s",
                leans_on=("launch.pending_p50", "launch.boot_p50"),
                remark="Median from the launch to an instance that takes environments",
                is_met=False,
            ),
        ),
    ),
    Behaviour(
        title="Saturated slots with an idle CPU bring environments, not instances",
        source="dev.classmethod.jp, default CPU scaling behavior, 2026-01-01; load is ours",
        status="measured",
        scenario="configs/published/concurrency-alone.yaml",
        figures=(
            Figure(
                "environments at the end",
                "more than 3",
                (4.0, 9.0),
                environments_after(19),
                leans_on=("scaler.target_concurrency_fraction",),
            ),
            Figure("instances at the end", "3", (3.0, 3.0), instances_after(19)),
            Figure(
                "CPU of the environments",
                "idle",
                (0.0, 2.0),
                environment_cpu_percent(1, EVER),
                unit="%",
                digits=1,
            ),
        ),
    ),
    Behaviour(
        title="The same burst on a cold and on a warm fleet",
        source=(
            "lep511/lambda-managed-instances-aws, WORKSHOP-RUST-LMI.md, September 2026; size of "
            "the environments and work of a call are assumed"
        ),
        status="measured",
        scenario="configs/published/cold-and-warm-burst.yaml",
        figures=(
            Figure("of 28 calls fail", "0", (0.0, 0.0), total("throttled", (2, 5))),
            Figure(
                "of 128 calls fail, first time",
                "30",
                (15.0, 60.0),
                total("throttled", (5, 8)),
                leans_on=("client.retry_attempts_max",),
                is_met=False,
            ),
            Figure(
                "of 128 calls fail, second time",
                "0",
                (0.0, 0.0),
                total("throttled", (8, 15)),
                leans_on=("scaler.target_concurrency_fraction",),
                is_met=False,
            ),
        ),
    ),
)

_QUEUE = ("queue.retry_base", "queue.retry_cap", "queue.pollers_added_per_minute")
_BUSY = (10, 45)
"""Minutes in which the fleet has its size and the queue is not empty."""

BURST = Behaviour(
    title="AWS's burst test with SQS",
    source=SAMPLE,
    status="measured",
    scenario="configs/queue-burst.yaml",
    figures=(
        Figure(
            "environments, mean of the first five minutes",
            "9 in the chart's second point",
            (6.0, 12.0),
            mean("environments", (0, 5)),
            digits=1,
            leans_on=_REACTION,
            remark="Read as a point of five minutes; as a moment the simulator is ahead",
        ),
        Figure(
            "environments after ten minutes",
            "10 in the text, 18 in the chart",
            (10.0, 18.0),
            environments_after(10),
            digits=1,
            leans_on=_REACTION,
            remark="All that 7 instances hold is filled",
            is_met=False,
        ),
        Figure(
            "instances",
            "7 of c6i.2xlarge",
            (7.0, 7.0),
            instances_after(20),
            remark="The scenario's limit of 56 vCPUs is taken from it",
            is_given=True,
        ),
        Figure(
            "CPU of the environments",
            "84 to 86 %",
            (84.0, 86.0),
            environment_cpu_percent(2, _BUSY),
            unit="%",
            digits=1,
            leans_on=_CPU,
            is_met=False,
        ),
        Figure(
            "CPU of the instances",
            "50 to 55 % in the chart, 70 % in the text",
            (50.0, 70.0),
            instance_cpu_percent(_BUSY),
            unit="%",
            digits=1,
            leans_on=("admission.cpu_refuse_fraction",),
            is_met=False,
        ),
        Figure(
            "invocations at a time in an environment",
            "3.5 to 5 of 10",
            (3.5, 5.0),
            slots_in_use(_BUSY),
            digits=1,
            leans_on=("admission.cpu_refuse_fraction", *_QUEUE),
            is_met=False,
        ),
        Figure(
            "throttles that are for CPU",
            "CPU refuses, not slots",
            (90.0, 100.0),
            percent("throttled_attempts_cpu", "throttled_attempts", (0, 15)),
            unit="%",
            leans_on=("admission.cpu_refuse_fraction",),
        ),
        Figure(
            "throttles a minute, first quarter of an hour",
            "70 to 190",
            (70.0, 190.0),
            mean("throttled_attempts", (0, 15)),
            leans_on=_QUEUE,
            is_met=False,
        ),
        Figure(
            "throttles a minute, second half hour",
            "0",
            (0.0, 1.0),
            mean("throttled_attempts", (20, 45)),
            leans_on=_QUEUE,
            is_met=False,
        ),
        Figure(
            "time of a task",
            "2.5 min, 4.6 min at the worst",
            (2.5, 4.6),
            work_minutes(_BUSY),
            unit="min",
            digits=1,
            remark="Its CPU, 47.6 s, is from the published scenarios a second",
            is_met=False,
        ),
        Figure(
            "until the queue is empty",
            "62 min",
            (31.0, 124.0),
            empty_after_minutes,
            unit="min",
            remark="From 2,400 tasks of 47.6 s, nothing fitted",
        ),
        Figure("messages lost or failed", "0", (0.0, 0.0), lost),
    ),
)
