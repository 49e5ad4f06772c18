"""The picture of the page that the documentation shows: a bolus that a blocked infusion set cuts short.

python -m tests.interfaces.web.picture
"""

import shutil
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.faults.families.actions import Do
from isletbench.hil_rigs.clients.pump_client import PumpClient
from tests.harness.architecture import ROOT
from tests.harness.browser import browser, of_page, opened, screen, until
from tests.interfaces.web.looked_at import LookedAt, looked_at

PLACE = ROOT / "docs" / "page.png"
WIDTH, HEIGHT = 1180, 860


@contextmanager
def folder() -> Iterator[Path]:
    """A folder whose name is the same each time, since the ports in it are in the picture."""
    place = Path(tempfile.gettempdir()) / "isletbench"
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place)


def an_hour(there: LookedAt) -> None:
    """A meal, a bolus, and a path that is blocked when half of it is delivered."""
    steering = there.bench.steering
    there.step(50)
    there.call(lambda: steering.do("patient", "eat", {"grams": 45}))
    with SerialClient(there.bench.ready()["devices"]["pump"]["serial"]) as link:
        pump = PumpClient(link)
        there.step(5)
        occlusion = Do.model_validate({"device": "pump", "action": "occlude", "delivered": "3", "name": "kinked"})
        there.call(lambda: steering.inject(occlusion))
        pump.bolus(6.0)
        for _ in range(6):
            there.step(10)
            pump.status()


if __name__ == "__main__":
    with folder() as place, looked_at(place) as there, browser(place / "profile") as driver:
        an_hour(there)
        opened(driver, there.page, WIDTH)
        screen(driver, WIDTH, height=HEIGHT)
        until(driver, f"window.bench?.store.length > 10 && bench.series.end >= {there.call(there.bench.clock.now) - 600_000}")
        until(driver, "document.querySelectorAll('.presses button').length > 5")
        of_page(driver, "bench.axis.choose(10800)")
        PLACE.write_bytes(b64decode(driver.get_screenshot_as_base64()))
