"""``python -m emulator.cli``: the same as ``loopbench``."""

from emulator.cli import main

main()
