"""Puts this folder on the import path: the tests share the reader of the source tree."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
