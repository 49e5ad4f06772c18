"""The command of a client on a command line: what is behind the first ``--``."""

import sys


def parted(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words of a call in front of ``--``, and the client's command behind it, which may be missing."""
    if "--" not in sys.argv:
        return words, ()
    command = sys.argv[sys.argv.index("--") + 1 :]
    return words[: len(words) - len(command)], tuple(command)
