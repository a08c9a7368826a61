"""Puts this folder, and the builders of small worlds and of the engine, on the import path."""

import sys
from pathlib import Path

TESTS = next(folder for folder in Path(__file__).parents if folder.name == "tests")
UNIT = TESTS / "unit"
sys.path[:0] = [str(UNIT / "controlplane"), str(UNIT / "engine"), str(Path(__file__).parent)]
