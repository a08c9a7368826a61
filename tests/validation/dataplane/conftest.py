"""Puts the twin and the builders of the data plane's unit tests on the import path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "dataplane"))
