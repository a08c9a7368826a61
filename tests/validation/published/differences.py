"""What does not match and why, and what cannot be compared: the words of the page."""

from sim.reporting.published_page import Note

DIFFERENCES = (
    Note(
        "Which CPU the scaler steers by.",
        "In AWS's burst test 16 to 18 environments stayed at 85 % CPU with room for more on the "
        "same 7 instances, whose own CPU was 50 to 55 %. Elsewhere saturated slots with an idle "
        "CPU brought environments and no instances, and two instances came when CPU reached 40 %. "
        "All three fit two rules: full environments bring environments where there is room, and "
        "the CPU of the instances brings instances. The simulator has one rule, on the CPU of the "
        "environments (scaler.target_cpu_fraction), so it fills all 21 places and is done with the "
        "backlog some minutes sooner.",
    ),
    Note(
        "How the Lambda Agent sees CPU.",
        "AWS's environments stood at 85 %, the simulated ones at 93 %: up to one time constant "
        "after a task has ended the simulated agent lets several in (admission.cpu_time_constant, "
        "1 s assumed). The load tests point the same way: by our estimate of the work AWS refused "
        "some calls at less than half of the CPU in the mean (1.91 % of the mixed ones, and some "
        "of the hashing at up to 30 a second), where the simulator refuses none. A shorter look, "
        "or fewer tries by the router (router.attempts_max), would do so; nothing published "
        "decides.",
    ),
    Note(
        "How SQS pollers back off.",
        "AWS says that a throttled batch is tried again until its visibility timeout is over and "
        "that there are fewer batches meanwhile, and gives no number. With the waits of the AWS "
        "SDKs (queue.retry_base, queue.retry_cap) there are 30 throttles a minute where AWS had 70 "
        "to 190, and they last as long as the backlog, where AWS's text says that they stopped "
        "after a quarter of an hour.",
    ),
    Note(
        "How fast environments come after saturation.",
        "Of the workshop's first wave of 250 calls 6 failed, so there were slots for nearly all "
        "of them minutes after one burst of 60; the simulator at most doubles environments in a "
        "minute and only for what it has seen in flight (scaler.scale_out_step_max), so 170 fail. "
        "In the cold burst of 128 calls it fails 64 instead of 30. Refused calls are no signal for "
        "it; they may be one for AWS.",
    ),
    Note(
        "How long instances take.",
        "The launch is assumed from boots of unmanaged EC2 instances (launch.*), and is faster "
        "than what is told of managed ones: 40 s instead of 1 to 2 min, a first publish of just "
        "below instead of above 2 min. A capacity provider is Active after 5 s "
        "(capacity_provider.activation); a workshop says 30 to 60 s.",
    ),
    Note(
        "The work of a task in the burst test.",
        "47.6 s of CPU follow from 2,100 scenarios a second. The published 2.5 min a task at 3.5 "
        "to 5 at a time would need about 55 s; both cannot be right on 2 vCPUs.",
    ),
    Note(
        "The limit of vCPUs.",
        "AWS exceeded MaxVCpuCount when launches were under way at the same time: 16 of 12 "
        "(aws-powertools/powertools-lambda-typescript, issue 5735), which versions that are "
        "published together do here as well (capacity_provider.first_burst_race), and, it seems, "
        "56 of 48 at the scale-out of the burst test, which the simulator does not.",
    ),
    Note(
        "$288 a month.",
        "AWS's example implies $0.0938 an hour for m7i.large; the list price is $0.1008.",
    ),
)

WITHOUT_COMPARISON = (
    Note(
        "Two instances more at 40 % CPU",
        "(dev.classmethod.jp, 2026-01-01): the article's body is not at hand, so neither whose CPU "
        "that was nor what ran is known.",
    ),
    Note(
        "70 % CPU in the Auto mode under load",
        "(lep511/lambda-managed-instances-aws): neither the load nor the fleet is given.",
    ),
    Note(
        "Latencies of the load tests:",
        "they have 13 to 23 ms of API Gateway and network in them, and the processor's speed is "
        "unknown by a factor of 1.6. The share of refused hashing, 5.85 %, lies between the shares "
        "at both ends of that.",
    ),
    Note(
        "24,000 invocations",
        "of the burst test: 240 jobs of 10 tasks are 2,400, and 24,000 of 2.5 min each would need "
        "nearly a thousand at a time where there were 180 slots.",
    ),
    Note(
        "The wave of 250 calls",
        "depends on how the caller retries, how long it takes to send them and how long one waits "
        "between the waves: all three are assumed.",
    ),
    Note(
        "The instance types that Lambda chose",
        "(m7a, m7i, c9g and m9g from xlarge to 4xlarge at two GiB a vCPU): they followed what "
        "was available on those days.",
    ),
    Note(
        "Lifetimes of instances:",
        "AWS's own texts say 14 days and about 12 hours.",
    ),
    Note(
        "Found, and not readable:",
        "measurements of shinyaz.com (2026-04-06) and the charts of the load tests of 20 December "
        "2025.",
    ),
)
