"""Puts this folder on the import path: the bench is shared by the tests of the engine."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
