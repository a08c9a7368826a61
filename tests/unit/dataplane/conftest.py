"""Puts this folder on the import path: other test folders share the twin and the builders."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
