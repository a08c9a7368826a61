"""What the validation page says before and after its oracles."""
# ruff: noqa: E501 - tables of Markdown have long lines

OPENING = """\
# Validation

Made by `python tests/validation/make_page.py --run-slow`. Every line below is also a test: the page and
`tests/validation` run the same code.

**{comparisons} comparisons for {oracles} oracles, {failed} do not agree.** {exact} of them are exact
(equal, or within the tolerance beside them), {statistical} are statistical.

- A simulated mean agrees if the exact value lies within t(0.99995; R - 1) standard errors of the mean
  of R replications with fixed seeds (R is 10 to 30), that is in its 99.99 % interval, **and** if the
  half width of that interval is below the stated share of the exact value: a test that could not
  fail proves nothing.
- With seeds drawn anew one comparison of a right model fails with probability {single}, one or more
  of all {statistical} with at most {family} (Bonferroni's bound; no correction is made).
- Demand laws: `deterministic`, `exponential`, `lognormal` (sigma 1) and `bimodal` (nine in ten half
  the mean, one in ten 5.5 means). Where theory says that only the mean counts, all four must agree.
"""

CLOSING = """\
## Metamorphic laws

Properties that need no exact value, tested for random traffic by Hypothesis
(`test_metamorphic_data_plane.py`, `test_metamorphic_worlds.py`):

| law | strictness |
| --- | --- |
| all times and time constants times 2 or 4: same counts, latencies times that | exact |
| core speed and CPU work times a power of two: same record | exact |
| an unused function beside it: same record | exact |
| reports at any times: same counts; advancing in any steps: same journal digest | exact |
| a replay dealt out to several workloads: same record as the whole | exact |
| minutes read from two half files: those of the whole file | exact |
| one dedicated slot or environment more, equal draws: never more throttles | exact |
| no limits: no throttles, latency is I/O plus CPU | exact |
| names of Availability Zones permuted: same fleet, same invocations | exact |
| no traffic: minimum fleet, no throttle, no scaling; a lower minimum never costs more | exact |
| a higher target never needs more environments at steady load | exact |
| a higher limit or more cores on a *shared* CPU: less loss | in the mean only |

The last line has a counter-example that is kept as a test: eight arrivals of which two are lost with
a limit of 2, and three with a limit of 3. Admitting more to a shared CPU can hurt.

## Not applicable, and open

| oracle | why |
| --- | --- |
| V4 (bounded queue, first come first served) | Lambda refuses instead of queueing and SQS bounds no queue, so the simulator cannot be asked. The yardstick Ciw is held against it before the kernel is held against Ciw. |

## What is not validated

Everything above says that the simulator computes what its model says. It does not say that the model
is AWS. These parts have no published number to be held against, are marked `assumed` in the
catalogue of facts with an interval, and are what calibration against measurements is for:

- **the control law**: metric window, tick, targets beyond the documented behaviour, step sizes,
  scale-in delays. The oracles check that our law does what it says (V12), not that AWS has this law;
- **times**: pending, boot, registration, container start, drains, first publish, back-off;
- **the router**: power of two choices with a walk over the others is a choice. V20 and V21 show how
  much it decides: at load 0.9 mean latency is 10 or 2.6 times the work;
- **admission**: which use of CPU and memory refuses, and over which time it is averaged;
- **placement and rotation**: which instance types Lambda picks, how many environments it packs, how
  lifetimes are spread (V16 checks the counting, not the lifetime);
- **the processor**: sharing is ideal (no switching costs, no hyper-threads, no noisy neighbour) and
  all cores are equally fast; an invocation is one I/O wait followed by one stretch of CPU on at most
  one core.
"""
