"""The page of a running bench."""

from typing import Any

from fastapi import APIRouter, FastAPI

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.interfaces.web.feed import Feed
from isletbench.emulator.interfaces.web.quick import quick_calls
from isletbench.emulator.interfaces.web.runs import Run, Runs
from isletbench.emulator.interfaces.web.site import site_of
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.scenarios.watched import Watched


def live_site(bench: Bench, tail: Tail, watched: Watched | None = None) -> FastAPI:
    """The site of a running bench; ``tail`` is the end of its journal, ``watched`` the scenario that is played."""
    runs = Runs(tail)
    routes = APIRouter()

    @routes.get("/quick")
    async def quick() -> list[dict[str, Any]]:
        """Return what can be done with one press."""
        return quick_calls(bench.steering, bench.rig.participants)

    @routes.post("/runs", status_code=201)
    async def start(run: Run) -> dict[str, str]:
        """Start another bench with a scenario; return the link to its page."""
        return {"page": await runs.start(run)}

    return site_of(Feed(tail, bench.rig.participants), lambda: facts_of(bench, watched), routes)


def facts_of(bench: Bench, watched: Watched | None = None) -> dict[str, Any]:
    """What the page is about, as far as it does not change."""
    makes = {name: table.profile for name, table in bench.rig.devices.items()}
    devices = {name: {"kind": kind, "make": makes.get(name)} for name, kind in bench.rig.participants.items()}
    return {
        "live": True,
        "rig": bench.rig.name,
        "seed": bench.seed,
        "start": bench.start.isoformat(),
        "devices": devices,
        "scenario": None if watched is None else watched.to_dict(),
        "verdict": None if watched is None or watched.verdict is None else watched.verdict.to_dict(),
    }
