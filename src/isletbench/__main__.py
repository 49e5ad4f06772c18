"""``python -m isletbench``: the same as ``isletbench``."""

from isletbench.emulator.cli import main

main()
