"""The page of a finished journal: the same one, without a bench to steer."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI

from isletbench.emulator.interfaces.web.feed import Feed
from isletbench.emulator.interfaces.web.site import site_of
from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.tail import Numbered
from isletbench.emulator.scenarios.judge import Verdict


class Finished:
    """The entries of a journal that is complete, numbered as its lines are, from 1. Implements ``Entries``."""

    closed = True

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.last = len(entries)

    def newer(self, after: int) -> list[Numbered]:
        """The entries after line ``after``."""
        return list(enumerate(self._entries[after:], after + 1))

    async def wait(self, after: int) -> None:
        """Nothing will come."""


def finished_site(entries: Sequence[Entry], verdict: Verdict | None) -> FastAPI:
    """The site of a finished journal, with the verdict on the client where it was judged."""
    header = entries[0] if entries and isinstance(entries[0], Header) else Header()
    return site_of(Feed(Finished(entries), header.devices, kept=None), lambda: facts_of(header, verdict))


def facts_of(header: Header, verdict: Verdict | None) -> dict[str, Any]:
    """What the page is about, as the journal's first line has it."""
    return {
        "live": False,
        "rig": header.rig,
        "seed": header.seed,
        "start": header.start,
        "devices": {name: {"kind": kind, "make": None} for name, kind in header.devices.items()},
        "verdict": None if verdict is None else verdict.to_dict(),
    }
