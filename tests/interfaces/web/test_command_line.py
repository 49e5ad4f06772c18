"""`isletbench page`, and the options of `up` that concern it: errors are one sentence, and the page is not imported unasked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.command_line import called

WRONG = (
    (("page",), "no bench is running"),
    (("page", "nowhere.jsonl"), "there is no such file"),
    (("page", "--scenario", "DLV-01"), "name the journal"),
    (("up", "--stay"), "give --scenario"),
    (("up", "--pace", "jump", "--for", "1m", "--open"), "leave --open out"),
    (("up", "--scenario", "DLV-01", "--pace", "jump", "--stay"), "no --pace jump"),
    (("up", "native", "--open"), "leave --open out"),
)


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_is_wrong_with_a_call_is_one_sentence(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    ended = called(*words, environment={"ISLETBENCH_DIR": str(tmp_path)})
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert sentence in ended.stderr


LOADED = """
import sys
from isletbench.emulator.interfaces import cli
sys.argv = ["isletbench", "up", "--for", "1ms", "--json"]
try:
    cli.main()
except SystemExit:
    pass
print(*sorted(sys.modules))
"""


def test_a_bench_starts_without_its_page(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, env={"ISLETBENCH_DIR": str(tmp_path)}
    )
    ready, modules = run.stdout.splitlines()
    assert json.loads(ready)["page"].startswith(json.loads(ready)["control"])
    assert [name for name in modules.split() if ".interfaces.web" in name or ".reports" in name] == []
