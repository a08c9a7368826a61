"""Puts this folder, and the builder of small worlds, on the import path."""

import sys
from pathlib import Path

TESTS = next(folder for folder in Path(__file__).parents if folder.name == "tests")
sys.path[:0] = [str(TESTS / "unit" / "controlplane"), str(Path(__file__).parent)]
