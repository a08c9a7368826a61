"""Puts this folder on the import path: tests and scripts share one way to run a golden scenario."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
