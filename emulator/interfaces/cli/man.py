"""`man`: the manual pages, made from the same help that `--help` prints."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.outputs import MANUAL, Force, Output, make_directory, try_outputs, write_file

PROGRAM = "isletbench"
BY_ISLETBENCH = '.\\" Written by `isletbench man`'
"""The first line of every manual page."""


@dataclass(frozen=True, slots=True)
class Described:
    """A command as its help describes it."""

    words: tuple[str, ...]
    """``("campaign", "show")``; none for the program itself."""
    about: str
    arguments: tuple[tuple[str, str], ...]
    """Each with its words and its help."""
    options: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """``isletbench campaign show``."""
        return " ".join((PROGRAM, *self.words))

    @property
    def usage(self) -> str:
        """The call in one line."""
        optional = ["[OPTIONS]"] if self.options else []
        return " ".join([self.name, *optional, *(words for words, _ in self.arguments)])


def described(command: Any, words: tuple[str, ...] = ()) -> Iterator[Described]:
    """A command and the commands below it, each with the help of its arguments and options."""
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    yield Described(
        words,
        " ".join((command.help or "").split("\f")[0].split()),
        tuple((_words_of_argument(one), one.help or "") for one in shown if one.param_type_name == "argument"),
        tuple((_words_of_option(one), one.help or "") for one in shown if one.param_type_name == "option"),
    )
    for name, below in getattr(command, "commands", {}).items():
        yield from described(below, (*words, name))


def _words_of_argument(argument: Any) -> str:
    words = str(argument.metavar or argument.name.upper())
    return words if argument.required or words.startswith("[") else f"[{words}]"


def _words_of_option(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.metavar or 'VALUE'}"


def page_of(command: Described) -> str:
    """The manual page of a command, in the macros of man(7)."""
    title = "-".join((PROGRAM, *command.words)).upper()
    sections = [
        BY_ISLETBENCH,
        f'.TH "{title}" "1" "" "{PROGRAM} {version(PROGRAM)}" "{PROGRAM}"',
        ".SH NAME",
        f"{'-'.join((PROGRAM, *command.words))} \\- {_troff(command.about.split('. ')[0].rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_troff(command.usage)}",
        ".SH DESCRIPTION",
        _troff(command.about),
    ]
    for heading, entries in (("ARGUMENTS", command.arguments), ("OPTIONS", command.options)):
        if entries:
            sections.append(f".SH {heading}")
            sections += [f".TP\n.B {_troff(words)}\n{_troff(text)}" for words, text in entries]
    sections += [".SH EXIT STATUS", "0: all well. 1: a verdict is not passed. 2: the call or a file is wrong."]
    return "\n".join(sections) + "\n"


def _troff(text: str) -> str:
    """Text as it is to be read: no character of it is one of the macros."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped or "\\&"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""

    @app.command()
    def man(
        into: Annotated[
            Path | None, typer.Option(metavar="DIR", help="Write one page for each command into this directory.")
        ] = None,
        force: Force = False,
    ) -> None:
        """Print the manual page of the program, or write the pages of all commands."""
        commands = list(described(typer.main.get_command(app)))
        if into is None:
            print(page_of(commands[0]), end="")
            return
        pages = {into / f"{'-'.join((PROGRAM, *one.words))}.1": page_of(one) for one in commands}
        make_directory(into)
        try_outputs([Output("manual page", file, MANUAL) for file in pages], force=force)
        for file, text in pages.items():
            write_file(file, text)
        print(f"{len(pages)} pages in {into}")
