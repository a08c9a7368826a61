"""The page about scaling throughput shows what it is given and needs nothing else."""

from sim.metrics.scaling_throughput import ScalingThroughput, Wait
from sim.reporting.scaling_page import scaling_page
from sim.units import MINUTE_US, SECOND_US


def a_throughput(count):
    """Instances of which the last waited longest for the bucket."""
    waits = {Wait.INSTANCE_BUCKET: 9 * MINUTE_US, Wait.BOOT: MINUTE_US}
    return ScalingThroughput(count, count, SECOND_US, MINUTE_US, 10 * MINUTE_US, waits)


def test_a_row_and_a_bar_for_every_demand():
    """Counts, times, rate and the binding limit stand in the table; bars have their parts."""
    page = scaling_page([a_throughput(1000), a_throughput(2000)], intro="as it was")
    assert "<td>1,000</td><td>1 s</td><td>60 s</td><td>10.0 min</td><td>100</td>" in page
    assert page.count("<title>instance bucket: 9.0 min</title>") == 2
    assert "as it was" in page


def test_the_page_asks_for_nothing_from_elsewhere():
    """No address, no script: it opens without a network, on light and on dark."""
    page = scaling_page([a_throughput(10)], intro="")
    assert "http:" not in page
    assert "https:" not in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page
