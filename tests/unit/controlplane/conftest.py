"""Puts this folder on the import path: other test folders share the builder of small worlds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
