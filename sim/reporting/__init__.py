"""Tables of a run turned into one page for people; the only floor that draws."""

from sim.reporting.markdown import render_markdown
from sim.reporting.report import render_report, write_report

__all__ = ["render_markdown", "render_report", "write_report"]
