"""Writes reports/scaling-throughput.html: the shipped scenario at four scales."""

import sys
from pathlib import Path

from sim.experiments.run import run
from sim.metrics.scaling_throughput import ScalingThroughput, scaling_throughput
from sim.reporting.scaling_page import scaling_page
from sim.scenario import load_scenario

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "scaling-throughput.yaml"
PAGE = ROOT / "reports" / "scaling-throughput.html"
COUNT = "script.0.input.FunctionScalingConfig.MinExecutionEnvironments"
SCALES = (10, 100, 1000, 5000)
BEFORE = 3
"""Instances that serve already; they come on top, so that as many as are named are new."""
INTRO = (
    "From demand to serving: the minimum of environments of one function is raised at once, and "
    "each environment fills an instance (m7g.large, three Availability Zones, one capacity "
    "provider, EC2's default API limits). EC2 lets RunInstances have 5 requests and 1,000 "
    "instances at once and 2 of each a second after that (documented); times to boot and to start "
    "are assumptions of the fact catalogue."
)


def at_scale(count: int) -> ScalingThroughput:
    """The throughput of a demand for `count` more instances."""
    record = run(load_scenario(CONFIG, [f"{COUNT}={count + BEFORE}"])).record
    return scaling_throughput(record, demanded_count=count)


if __name__ == "__main__":
    PAGE.write_text(scaling_page([at_scale(count) for count in SCALES], intro=INTRO))
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
