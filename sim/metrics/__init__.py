"""The records of a run folded into tables and summary; pure functions, no clock, no files."""

from sim.metrics.summary import summary
from sim.metrics.tables import Tables, build_tables

__all__ = ["Tables", "build_tables", "summary"]
