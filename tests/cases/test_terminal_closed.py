"""A terminal that is closed (a lost ssh connection, pexpect's ``close``) ends a bench as SIGTERM does.

Known from pexpect/pexpect PR 3: without a handler of SIGHUP the links stayed, and named terminals of whoever opened one next.
"""

import json
import os
import pty
import sys
from pathlib import Path


def test_a_bench_whose_terminal_is_closed_ends_cleanly(tmp_path: Path) -> None:
    ports, journal = tmp_path / "ports", tmp_path / "run.jsonl"
    words = ["-m", "isletbench", "up", "default", "--pace", "60x", "--journal", str(journal)]
    environment = {**os.environ, "ISLETBENCH_DIR": str(ports)}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, *words], environment)  # noqa: S606
    shown = b""
    while b"Ctrl-C" not in shown:
        shown += os.read(terminal, 4_096)
    assert {entry.name for entry in ports.iterdir()} > {"cgm", "pump"}
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.WIFEXITED(status), "it was killed"
    assert list(ports.iterdir()) == []
    last = journal.read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["bench"] == "stopped"
