"""`page`: the page of a running bench, or of a finished journal, in a browser."""

from pathlib import Path
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.browser import show
from isletbench.emulator.interfaces.cli.output import AsJson


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(page)


def page(
    journal: Annotated[
        Path | None, typer.Argument(metavar="[JOURNAL]", help="A journal that a bench has written, to look at when it is over.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="What was played in the journal: the page has the verdict on the client, too.")
    ] = None,
    opens: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the link to the page of the running bench: its devices, the conversation, faults and actions, live.

    With JOURNAL, a page of a finished run is served until Ctrl-C.
    """
    if journal is not None:
        from isletbench.emulator.interfaces.cli.page_journal import serve

        serve(journal, scenario, opens=opens, as_json=as_json)
        return
    if scenario is not None:
        from isletbench.emulator.interfaces.cli.errors import CallError

        raise CallError("--scenario judges a journal: name the journal")
    from isletbench.emulator.interfaces.cli.control_client import running_bench

    show(running_bench().page, opens=opens, as_json=as_json)
