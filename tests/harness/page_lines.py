"""What the pages assume that a reader has, what is put in the place of it, and the lines that cannot run here."""

import re
import shutil
import socket
from functools import cache
from pathlib import Path

from tests.harness.architecture import ROOT

CONTROLLER = "isletbench.hil_rigs.clients.controller.in_process:client_of"

BEFORE = {
    "docs/audit.md": ["isletbench up board.toml --pace 60x --hci tcp:127.0.0.1:9000"],
    "docs/ble.md": ["isletbench up"],
    "docs/captures.md": [
        f"isletbench run SHORT-01.toml --over ble --journal run.jsonl -- {CONTROLLER}",
        f"isletbench run SHORT-01.toml --over serial --journal line.jsonl -- {CONTROLLER}",
    ],
    "docs/control.md": ["isletbench up"],
    "docs/faults.md": ["isletbench up closed_loop"],
    "docs/how-to.md": [f"isletbench run SHORT-01.toml --over serial --journal line.jsonl -- {CONTROLLER}"],
    "docs/personalities.md": ["isletbench up cgm_receiver"],
    "docs/proxy.md": ["env ISLETBENCH_DIR=elsewhere isletbench up board.toml"],
}
"""What a page takes for granted, before its first line: recordings, and benches that run until its last."""

INSTEAD = {
    (
        "README.md",
        "python3 -m venv .venv && .venv/bin/pip install --quiet --constraint constraints.txt . && .venv/bin/isletbench up",
    ): (
        "isletbench up --pace 60x",
        "tests/packaging installs it",
    ),
    ("README.md", "cgm_reader.py"): ("cgm_reader.py --readings 1", "three readings take ten minutes"),
    ("docs/campaigns.md", '"DLV-01", ...'): (
        '"SHORT-01.toml", "client": {"command": ["isletbench.hil_rigs.clients.controller.in_process:client_of"]}',
        "what the reader fills in",
    ),
    ("docs/campaigns.md", "nightly.toml --workers 8 -- python my_client.py"): (
        f"plain.toml --workers 2 -- {CONTROLLER}",
        "a file that names no client, and a client in the bench's process: a program takes a minute for each cell",
    ),
    ("docs/campaigns.md", "nightly.parquet"): (
        "nightly.csv",
        "Parquet needs an extra: tests/campaigns writes it where that is installed",
    ),
    ("docs/campaigns.md", "--cell 8a43d86099fe"): (
        '--cell "$(isletbench campaign show nightly.db --json | python failing.py)"',
        "the cell that has failed here",
    ),
    ("docs/captures.md", "export run.jsonl --pcapng"): ("export line.jsonl --pcapng", "a journal of a serial line"),
    ("docs/captures.md", "lua_script:isletbench.lua"): (
        "lua_script:.local/lib/wireshark/plugins/isletbench.lua",
        "where the line before has written it",
    ),
    ("docs/control.md", "bench-4711.json"): ("ports/bench-*.json", "its number is the bench's"),
    ("docs/control.md", "$URL/v1/journal"): ('"$URL/v1/journal?after=0&limit=1"', "it never ends"),
    ("docs/how-to.md", "--pace 60x --for 1d"): ("--pace jump --for 1d", "24 minutes"),
    ("docs/report.md", "--pace 60x --for 1d"): ("--pace jump --for 1d", "24 minutes"),
    ("docs/integrated.md", "isletbench do pump resume_basal"): (
        "until isletbench do pump resume_basal; do isletbench step 20m; done",
        "glucose falls in its own time",
    ),
    ("docs/how-to.md", "export day.jsonl"): ("export line.jsonl", "a journal with a client"),
    ("docs/meter.md", "isletbench do meter measure meal"): (
        "isletbench step 10s\nisletbench do meter measure meal",
        "a reader takes longer than a countdown of 5 s",
    ),
    ("docs/meter.md", "isletbench do meter measure_control"): (
        "isletbench step 10s\nisletbench do meter measure_control",
        "a reader takes longer than a countdown of 5 s",
    ),
    ("docs/patient.md", "--pace 300x --for 1d --journal mine.jsonl --json"): (
        "--pace jump --for 1d --journal mine.jsonl",
        "five minutes",
    ),
    ("docs/proxy.md", "isletbench inject lose_reply device=pump on=SetBolus"): (
        "python hil_rigs/clients/pump_client.py PORT\nisletbench inject lose_reply device=pump on=SetBolus",
        "a client beside it",
    ),
    ("docs/proxy.md", "isletbench replay real.jsonl"): ("isletbench replay real.jsonl --for 2s", "nobody plays the client"),
    ("firmware_stubs/README.md", "isletbench-collector PORT"): (
        "firmware_stubs/build/posix/isletbench-collector PORT",
        "where it lies",
    ),
    ("firmware_stubs/README.md", "listen 60"): ("listen 2", "a minute"),
}
"""Text of a page's lines, what runs in its place, and why."""

MAY_FAIL = {
    ("docs/proxy.md", "isletbench replay"): "its client says nothing",
    ("docs/audit.md", "isletbench audit"): "rows that a bench in a hurry does not meet end it with 1",
    ("docs/scenarios.md", "--careless"): "a careless client fails",
    ("docs/rigs.md", "isletbench doctor"): "this machine has no adapters",
    ("docs/campaigns.md", "isletbench campaign"): "its cells are made to fail",
    ("docs/campaigns.md", "isletbench run cell.json"): "it is made to fail",
}
"""Lines that end with 1 although nothing is wrong with the page."""

NOT_RUN = {
    ("README.md", "--numprocesses auto"): "the quick suite itself: .ci/run takes this very line from the page",
    ("docs/audit.md", "isletbench audit /dev/ttyACM0"): "a whole audit takes minutes: tests/audit plays it",
    ("docs/audit.md", "--profile ids"): "a whole audit takes minutes: tests/audit plays it",
    (
        "docs/audit.md",
        "isletbench audit F0",
    ): "a whole audit takes minutes, and the other line a Bluetooth controller: tests/audit plays it",
    ("docs/campaigns.md", "parallel --joblog"): "needs GNU parallel",
    ("docs/campaigns.md", "cluster.py"): "needs a scheduler of Dask's",
    ("docs/campaigns.md", "--scheduler tcp:"): "needs a scheduler of Dask's",
    ("docs/captures.md", "wireshark run.btsnoop"): "opens a window",
    ("docs/ci.md", "pip install isletbench"): "needs a network; tests/packaging installs the wheel",
    ("docs/closed-loop.md", "tests.loops.table"): "hours; tests/loops plays a part",
    ("docs/personalities.md", "usb/run PROGRAM"): "needs namespaces of mounts: tests/harness/gadget.py",
    ("docs/rigs.md", "pip install"): "needs a network",
    ("docs/rigs.md", "--lg-env"): "needs labgrid",
    ("docs/rigs.md", "--labgrid"): "needs labgrid",
    ("docs/rigs.md", "pytest --rig native"): "tests of the reader's own: tests/rigs/test_rig_option.py",
    (
        "docs/your-algorithm.md",
        "ISLETBENCH_CGM_SERIAL=...",
    ): "runs until it is ended: test_closed_loop_day.py plays its algorithm",
    (
        "docs/your-language.md",
        "node noble.mjs",
    ): "needs noble: tests/hil_rigs/clients/languages runs it where that is installed",
    ("firmware_stubs/README.md", "tests.firmware.fuzz"): "minutes: tests/firmware/test_fuzz.py",
}
"""Lines that are not run, and why."""


def entry(table: dict[tuple[str, str], str], page: str, line: str) -> tuple[str, str] | None:
    """The key of a table for this line of this page."""
    return next((key for key in table if key[0] == page and key[1].strip() in line), None)


@cache
def free_port(_place: Path, _wanted: str) -> int:
    """A free port of this machine in the place of one that a page names; the same for all its lines."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
    return port


def here(text: str, place: Path) -> str:
    """Text with this machine's paths and ports: a page's ``/tmp`` and serial adapters lie in its own directory."""
    text = re.sub(r"(?<![\w.])/(tmp|dev)/(?=hci|pump|cgm|usb|tty(?:USB|ACM))", f"{place}/", text)
    return re.sub(r"(127\.0\.0\.1:)(\d{4,5})\b", lambda found: f"{found[1]}{free_port(place, found[2])}", text)


def replaced(page: str, line: str) -> list[str]:
    """The lines that run for one of the page's."""
    for (of, part), (new, _) in INSTEAD.items():
        if of == page:
            line = line.replace(part, new)
    return line.splitlines()


def furnish(place: Path, page: str) -> None:
    """Write what a page's reader has: a client by every name that pages give it, a cell, a campaign, rigs, recordings."""
    for name in ("my_client.py", "my_driver.py", "my_app.py", "my_bleak_app.py", "my-client"):
        (place / name).write_text(PROGRAM, encoding="utf-8")
        (place / name).chmod(0o755)
    (place / "failing.py").write_text(FAILING, encoding="utf-8")
    for name, text in FILES.items():
        (place / name).write_text(here(text, place), encoding="utf-8")
    if page == "docs/your-algorithm.md":
        (place / "SHORT-01.toml").write_text(LOOP, encoding="utf-8")
    (place / "hil_rigs").symlink_to(ROOT / "hil_rigs")
    (place / ".local/share/man/man1").mkdir(parents=True)
    (place / ".local/lib/wireshark/plugins").mkdir(parents=True)
    if page == "docs/your-algorithm.md":
        code = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
        (place / "my_algorithm.py").write_text("\n".join(code), encoding="utf-8")
    if page.startswith("firmware_stubs"):
        shutil.copytree(ROOT / "firmware_stubs", place / "firmware_stubs", ignore=shutil.ignore_patterns("build"))


PROGRAM = """#!/usr/bin/env python
import os, runpy, sys

sys.argv = [word for word in sys.argv if word != "--fast"]
client = "paradigm" if os.environ.get("ISLETBENCH_OVER", "").startswith("paradigm") else "controller"
runpy.run_module(f"isletbench.hil_rigs.clients.{client}", run_name="__main__")
"""
"""The reader's program: our careful client of what it is played; an option of the reader's own does nothing."""

FAILING = """import json, sys

shown = json.load(sys.stdin)
print(next(cell["key"] for cell in shown["failing"]))
"""
"""Prints the key of a cell that has failed."""

LOOP = """schema = 1
id = "SHORT-01"
title = "A loop"
story = "An algorithm decides once for each reading, and nothing goes wrong."
rig = "closed_loop"
person = "adult"
lasts = "20m"

[devices.cgm]
profile = "generic"
tuning = { error_model = "flat" }

[[expect]]
check = "decides_once"
"""
"""What is played in the place of a scenario of a closed loop."""

FILES = {
    "SHORT-01.toml": """schema = 1
id = "SHORT-01"
title = "A bolus"
story = "The pump gives a bolus, and nothing goes wrong."
clients = ["pump"]
speaks = ["paradigm_rfspy", "paradigm_rileylink", "paradigm_mmcommander", "paradigm_carelink"]
lasts = "2m"

[[intent]]
at = "30s"
do = "bolus"
units = 1

[[expect]]
check = "doses_once"
device = "pump"
boluses = 1
""",
    "my.toml": (ROOT / "hil_rigs/scenarios/DLV-01.toml").read_text(encoding="utf-8"),
    "cell.json": '{"scenario": "SHORT-01.toml", "faults": [{"fault": "lose_reply", "device": "pump", "on": "SetBolus"}],'
    ' "over": "serial", "client": {"command": ["isletbench.hil_rigs.clients.careless.in_process:client_of", "sends_again"]}}',
    "nightly.toml": """schema = 1
name = "nightly"
scenarios = ["SHORT-01.toml"]
over = ["serial"]
seeds = [1, 2]

[[fault]]
fault = "lose_reply"
device = "pump"
on = "SetBolus"

[[client]]
command = ["isletbench.hil_rigs.clients.careless.in_process:client_of", "sends_again"]
""",
    "plain.toml": """schema = 1
name = "plain"
scenarios = ["SHORT-01.toml"]
over = ["serial"]
""",
    "mine.toml": re.sub(
        r"\[patient\]\n.*?\n\n",
        '[patient]\nrecording = "azt1d_subject07"\nrecording_start = 2024-01-10T00:00:00\n\n',
        (ROOT / "hil_rigs/patient.toml").read_text(encoding="utf-8"),
        flags=re.DOTALL,
    ),
    "board.toml": """schema = 1
name = "board"
seed = 1

[devices.cgm]
kind = "cgm"
serial = "pty:/tmp/cgm"
ble = { name = "IB-CGM", address = "F0:10:00:00:00:01" }
glucose = { trace = "azt1d_subject07" }

[devices.pump]
kind = "pump"
serial = "pty:/dev/ttyUSB0"
reservoir = 200
basal = [{ at = 00:00:00, rate = 0.60 }]
""",
    "sensor.toml": """schema = 1
name = "sensor"
seed = 1

[devices.cgm]
kind = "cgm"
ble = { name = "IB-CGM", passkey = 123456 }
glucose = { trace = "azt1d_subject07" }
""",
    "pump.toml": """schema = 1
name = "pump"
seed = 1

[devices.pump]
kind = "pump"
serial = "pty:"
reservoir = 200
basal = [{ at = 00:00:00, rate = 0.60 }]
cgm = { name = "IB-CGM", passkey = 123456, hci = "tcp:127.0.0.1:9000" }
""",
}
