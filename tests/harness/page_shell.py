"""A shell of one page: its commands in a directory of its own, line by line in their order, with the benches that they start.

What stays (``isletbench up``) runs beside the lines that follow, as in a second terminal, until the page starts another bench.
"""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

LIMIT = 200.0
"""Seconds that a line may take."""
STAYS = re.compile(r"isletbench up(?!.*--for )|isletbench proxy|.*isletbench-pump --link|qemu-system")
"""What runs until it is ended."""
CLIENT = re.compile(r"isletbench check (?P<chosen>.*?) ?-- (?P<client>.*)")
CHOICE = re.compile(r"(--(?:tag|over) \S+|\b[A-Z]{3}-\d\d\b)")


def lines_of(text: str) -> list[str]:
    """The commands of a block, without comments; a line that ends in a backslash goes on."""
    whole = [re.sub(r"\s+#\s.*", "", line).strip() for line in text.replace("\\\n", " ").splitlines()]
    return [line for line in whole if line and not line.startswith("#")]


@dataclass
class PageShell:
    """Where the lines of a page run."""

    place: Path
    benches: list[subprocess.Popen[str]] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    """The ready line of the bench that was started last."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment: this interpreter's programs first, and the ports of benches within the page's own directory."""
        paths = f"{self.place}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ours = {"PATH": paths, "ISLETBENCH_DIR": str(self.place / "ports"), "HOME": str(self.place), "COLUMNS": "80"}
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, **ours, "PYTHONPATH": str(self.place)}

    def start(self, line: str, *, beside: bool = False) -> None:
        """Start what stays, ``beside`` the others or in their place, and wait until it is ready."""
        if not beside:
            self.stop()
        words = line.removesuffix("&").strip()
        if re.search(r"isletbench (up|proxy)", words) and "--json" not in words:
            words += " --json"
        bench = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {self._filled(words)}"],
            cwd=self.place,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if words.startswith("qemu") else None,
            text=True,
        )
        self.benches.append(bench)
        assert bench.stdout is not None
        ends = Timer(LIMIT, bench.kill)
        ends.start()
        said = bench.stdout.readline()
        ends.cancel()
        assert said, f"{line}: ended with {bench.wait(LIMIT)} before it was ready"
        terminal = re.search(r"/dev/pts/\d+", said)
        self.ready = json.loads(said) if said.startswith("{") else {"serial": terminal and terminal[0]}

    def stop(self) -> None:
        """End what was started here; each of them ends by itself when it is asked to."""
        while self.benches:
            bench = self.benches.pop()
            bench.send_signal(signal.SIGINT)
            bench.communicate(timeout=LIMIT)
            assert bench.returncode in {0, -signal.SIGINT, 130}, f"{bench.args!r} ended with {bench.returncode}"

    def _filled(self, line: str) -> str:
        """A line with the pump's port where the page leaves it open."""
        pump = self.ready.get("devices", {}).get("pump", {})
        port = self.ready.get("serial") or pump.get("serial") or ""
        return re.sub(r"\bPORT\b(?!=)|/dev/pts/N\b", str(port), line)

    def run(self, line: str, *, may_fail: bool) -> None:
        """Run a line that ends; raises ``AssertionError`` when it fails, and not for a verdict where that ``may_fail``.

        What it sets (``URL=...``) is there for the lines that follow.
        """
        kept = self.place / "variables"
        kept.touch()
        keep = "ended=$?; set +o pipefail; declare -p URL TOKEN >variables 2>/dev/null; exit $ended"
        script = f"set -o pipefail; . ./variables; {self._filled(line)}\n{keep}"
        ended = subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=self.place,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        said = f"{line}: {ended.returncode}\n{ended.stdout[-1500:]}\n{ended.stderr[-1500:]}"
        assert ended.returncode in ({0, 1} if may_fail else {0}), said
        assert "Traceback" not in ended.stderr, said


def shortened(line: str) -> list[str]:
    """What is run for a line that plays scenarios to a client: its choice is listed, and one short scenario is played."""
    found = CLIENT.fullmatch(line)
    if found is None:
        return [re.sub(r"isletbench run [A-Z]{3}-\d\d", "isletbench run SHORT-01.toml", line)]
    chosen, client = found["chosen"], found["client"]
    over = re.search(r"--over \S+", chosen)
    rest = CHOICE.sub("", chosen)
    play = f"isletbench check SHORT-01.toml {over[0] if over else ''} {rest} -- {client}"
    return [re.sub(" +", " ", line) for line in (f"isletbench check --list {' '.join(CHOICE.findall(chosen))}", play)]
