"""What runs in the guest beside BlueZ's emulator: lets the devices of the bench begin to advertise again and again.

``python3 advertise.py DIRECTORY``: that of running benches. It uses the control API as anybody may: a fault that changes how a
device advertises, cleared at once.
"""

import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

AS_BEFORE = {"hides_name": False, "hides_services": False, "every": "1s"}
EVERY_S = 6.0
"""Longer than BlueZ takes from a report to the connection: what begins meanwhile cannot be connected to for a moment."""


class Api:
    """The control API of the one bench."""

    def __init__(self, directory: Path) -> None:
        (announced,) = directory.glob("bench-*.json")
        self._bench = json.loads(announced.read_text(encoding="utf-8"))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._bench['token']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._bench["control"] + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def main() -> None:
    api = Api(Path(sys.argv[1]))
    while True:
        for device in ("cgm", "pump"):
            fault = api.call("POST", "/v1/faults", {"fault": "reduced_advertising", "device": device, **AS_BEFORE})
            api.call("DELETE", f"/v1/faults/{fault['id']}")
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main()
