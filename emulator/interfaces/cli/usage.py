"""A call that the command line cannot read, as one sentence: which option or argument, and what was expected.

Typer finds the problem and prints a block of usage with its own words, and with those of pydantic; the sentence here is ours.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from isletbench.emulator.interfaces.cli.errors import CallError


class Program(Typer):
    """A collection of commands, each a ``Command``."""

    def command(self, *args: Any, **settings: Any) -> Any:
        """Add a command."""
        return super().command(*args, cls=Command, **settings)


class Command(TyperCommand):
    """A command that refuses an option that is there twice where it has one value: Typer takes the last one in silence."""

    def make_parser(self, ctx: Any) -> Any:
        """What reads the words of a call. It raises ``CallError`` for an option that is there twice."""
        parser: Any = super().make_parser(ctx)
        read = parser.parse_args

        def parse_args(args: list[str]) -> Any:
            options, rest, order = read(args=args)
            if (twice := _twice(order)) is not None and not ctx.resilient_parsing:
                raise CallError(
                    f"{_command(ctx)}: {'/'.join((*twice.opts, *twice.secondary_opts))}: expected once, it is there twice"
                )
            return options, rest, order

        parser.parse_args = parse_args
        return parser


def _twice(order: list[Any]) -> Any:
    """The first option with one value that is there more than once; None for none. ``--json --json`` says nothing wrong."""
    met: set[int] = set()
    for one in order:
        repeats = one.multiple or (one.is_flag and not one.secondary_opts) if one.opts[0].startswith("-") else True
        if not repeats and id(one) in met:
            return one
        met.add(id(one))
    return None


class Commands(TyperGroup):
    """A group of commands that raises ``CallError`` for a call that cannot be read."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words in front of the command. Raises ``CallError``."""
        with _in_one_sentence():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Read the words of the command, and perform it. Raises ``CallError``."""
        with _in_one_sentence():
            return super().invoke(ctx)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # not a mistake: it prints the help
            raise
        context = getattr(error, "ctx", None)
        command = _command(context)
        raise CallError(f"{command}: {_sentence(error, context)}" if command else _sentence(error, context)) from None


def _command(context: Any) -> str:
    """The words of the command that a context is of; nothing for the whole program."""
    words: list[str] = []
    while context is not None and context.parent is not None:
        words.insert(0, str(context.info_name))
        context = context.parent
    return " ".join(words)


def _sentence(error: Any, context: Any) -> str:
    """What is wrong with a call, and what was expected."""
    if (parameter := getattr(error, "param", None)) is not None:
        return _value(error, parameter)
    if needy := re.match(r"Option '?(-[^' ]+)'? requires", error.message):
        return f"{needy[1]}: expected a value after it, it is missing"
    if context is None:
        return str(error.format_message()).rstrip(".")
    known = sorted(max(one.opts, key=len) for one in context.command.params if one.opts[0].startswith("-"))
    if wrong := re.match(r"No such option: (\S+)", error.message):
        return f"there is no option {wrong[1]}; expected one of {', '.join(known)}"
    if stranger := re.match(r"No such command '(.*?)'(?:\.|$)", error.message):
        return f"there is no command {stranger[1]!r}; expected one of {', '.join(context.command.list_commands(context))}"
    if extra := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", error.message):
        return f"expected no more words, got {extra[1]!r}"
    return str(error.format_message()).rstrip(".")


def _value(error: Any, parameter: Any) -> str:
    """What is wrong with the value of an option or argument."""
    from pydantic import ValidationError

    from isletbench.emulator.core.problems import first_problem

    name = max(parameter.opts, key=len) if parameter.opts[0].startswith("-") else str(parameter.name).upper()
    if isinstance(cause := error.__cause__, ValidationError):
        if chosen := re.match(r"Value error, (.*) is not one of (.*?)\.?$", error.message):
            return f"{name}: expected one of {chosen[2].replace(chr(39), '')}, got {chosen[1]}"
        return f"{name}: {first_problem(cause)}"
    if not error.message:
        about = str(getattr(parameter, "help", None) or "").rstrip(".")
        return f"{name}: expected a value, it is missing{f': {about}' if about else ''}"
    return f"{name}: {error.message.rstrip('.')}"
