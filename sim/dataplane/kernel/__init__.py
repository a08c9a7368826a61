"""The compiled request loop; only `sim.dataplane` knows of it."""

from sim.dataplane.kernel.blocks import forget
from sim.dataplane.kernel.layout import *  # noqa: F403
from sim.dataplane.kernel.loop import end_row, last_departure_us, run, sync_rows
from sim.dataplane.kernel.reports import report_rows

__all__ = ["end_row", "forget", "last_departure_us", "report_rows", "run", "sync_rows"]
