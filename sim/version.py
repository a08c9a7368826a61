"""The version of this program, as it goes into journals and manifests."""

from importlib.metadata import version

VERSION = version("lmisim")
"""Version of the installed distribution."""
