"""The entry point of ``isletbench`` and of ``python -m isletbench``."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Call the command line. Ctrl-C while it is imported ends the process without a traceback."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where whoever has started this has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from isletbench.emulator.interfaces.cli import main as command_line  # noqa: PLC0415  # this is what takes a while

    signal.signal(signal.SIGINT, handler)
    command_line()


if __name__ == "__main__":
    main()
