"""``python -m isletbench``: the same as ``isletbench``."""

from isletbench.emulator.interfaces.cli import main

main()
