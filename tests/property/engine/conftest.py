"""Puts this folder on the import path: the builder of worlds is shared by its tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
