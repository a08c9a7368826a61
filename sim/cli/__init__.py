"""The command line: the only floor that prints. Data goes to stdout, everything else to stderr."""

from sim.cli.main import main

__all__ = ["main"]
