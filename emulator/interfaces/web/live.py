"""The page of a running bench."""

from typing import Any

from fastapi import APIRouter, FastAPI

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.interfaces.web.feed import Feed
from isletbench.emulator.interfaces.web.quick import quick_calls
from isletbench.emulator.interfaces.web.site import site_of
from isletbench.emulator.journal.tail import Tail


def live_site(bench: Bench, tail: Tail) -> FastAPI:
    """The site of a running bench; ``tail`` is the end of its journal."""
    routes = APIRouter()

    @routes.get("/quick")
    async def quick() -> list[dict[str, Any]]:
        """Return what can be done with one press."""
        return quick_calls(bench.steering, bench.rig.participants)

    return site_of(Feed(tail, bench.rig.participants), lambda: facts_of(bench), routes)


def facts_of(bench: Bench) -> dict[str, Any]:
    """What the page is about, as far as it does not change."""
    makes = {name: table.profile for name, table in bench.rig.devices.items()}
    devices = {name: {"kind": kind, "make": makes.get(name)} for name, kind in bench.rig.participants.items()}
    return {
        "live": True,
        "rig": bench.rig.name,
        "seed": bench.seed,
        "start": bench.start.isoformat(),
        "devices": devices,
    }
