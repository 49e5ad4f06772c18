"""``python -m emulator.cli``: the same as ``isletbench``."""

from emulator.cli import main

main()
