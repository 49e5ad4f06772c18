"""The command of a client on a command line: what is behind the first ``--``."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def parted(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words of a call in front of ``--``, and the client's command behind it, which may be missing."""
    if "--" not in sys.argv:
        return words, ()
    command = sys.argv[sys.argv.index("--") + 1 :]
    return words[: len(words) - len(command)], tuple(command)


def files_of(command: Iterable[str]) -> dict[str, Path]:
    """The files that a client's command names, by what they are: its program, its settings."""
    found = {}
    for word in command:
        with suppress(OSError, ValueError):  # a word that cannot be the name of a file
            if Path(word).is_file():
                found[f"client's {word}"] = Path(word)
    return found
