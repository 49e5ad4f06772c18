"""Options that several commands take, read with an error that names the option."""

from typing import TYPE_CHECKING

from isletbench.emulator.interfaces.cli.errors import CallError

if TYPE_CHECKING:
    from isletbench.emulator.core.clock import Pace
    from isletbench.emulator.core.quantities import Span


def pace_of(text: str) -> "Pace":
    """The pace that ``--pace`` names. Raises ``CallError``."""
    from isletbench.emulator.core.clock import Pace

    try:
        return Pace.parse(text)
    except ValueError as error:
        raise CallError(f"--pace: {error}") from None


def client_pace_of(text: str) -> "Pace":
    """The pace that ``--pace`` names, where a client is another program. Raises ``CallError`` for one it cannot keep."""
    pace = pace_of(text)
    if pace.jumps or not pace.factor:
        raise CallError("--pace: a program has a clock of its own; expected real or a factor such as 60x")
    return pace


def span_of(text: str) -> "Span":
    """The duration that ``--for`` names, ms. Raises ``CallError``."""
    from isletbench.emulator.core.quantities import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        raise CallError(f"--for: {error}") from None
