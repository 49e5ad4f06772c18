"""The page of a finished journal, served until a signal ends it."""

import secrets
from contextlib import AsyncExitStack
from pathlib import Path

from isletbench.emulator.core import clock
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.interfaces.cli.browser import show
from isletbench.emulator.interfaces.cli.options import journal_of
from isletbench.emulator.interfaces.cli.signals import stop_event
from isletbench.emulator.interfaces.control import served
from isletbench.emulator.interfaces.control.page_routes import page_alone
from isletbench.emulator.interfaces.web.finished import finished_site
from isletbench.emulator.scenarios.judge import verdict_on
from isletbench.emulator.scenarios.scenario import load_scenario


def serve(journal: Path, scenario: str | None, *, opens: bool, as_json: bool) -> None:
    """Serve the page of a journal. Raises ``CallError`` for a file that is none, ``ScenarioError``."""
    played = None if scenario is None else load_scenario(scenario)
    entries = journal_of(journal)
    verdict = None if played is None else verdict_on(played, "", entries)
    token = secrets.token_urlsafe(24)
    app = page_alone(finished_site(entries, verdict), token)

    async def until_stopped() -> None:
        stop = stop_event()
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(served(app, lambda: None))
            show(f"{url}/?token={token}", opens=opens, as_json=as_json)
            await stop.wait()

    clock.run(until_stopped(), Pace())
