"""`python -m sim.cli` is the same as the command `lmisim`."""

from sim.cli.main import main

main()
