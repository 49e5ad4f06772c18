"""A cell in a process of its own: whatever the client does, a result comes back."""

import json
import os
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isletbench.emulator.campaigns.apart import Killed, play_apart
from isletbench.emulator.campaigns.cell import CellError
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.interfaces.control import controlled
from isletbench.emulator.scenarios.process import LAST_OUTPUT, last_of
from tests.harness.campaigns import CAREFUL, CARELESS, ROGUES, cell
from tests.harness.command_line import called


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("exit", "the client ended its process with exit code 7"),
        ("leave", "the client ended its process with exit code 3"),
        ("segfault", "the client took its process with it: SIGSEGV"),
        ("hang", "the client hangs: it was ended after 0.5 s"),
    ],
)
def test_a_client_takes_nothing_else_along(what: str, why: str) -> None:
    played = play_apart(cell(command=(ROGUES, what), lasts="1m"), controlled, 0.5 if what == "hang" else None)
    assert played.result.outcome is Outcome.CRASHED
    assert played.result.why == why
    if what != "hang":  # whether it comes so far in its time is the machine's affair
        assert played.result.output == f"this client is about to: {what}\n"


def test_a_client_that_raises_crashes_with_its_journal_kept() -> None:
    played = play_apart(cell(command=(ROGUES, "raise"), lasts="1m"), controlled)
    assert played.result.outcome in {Outcome.CRASHED, Outcome.ABSENT}
    assert "crashed with ValueError: raise" in played.result.why
    assert played.journal.count("\n") == played.result.lines


def test_a_cell_that_somebody_killed_says_nothing_of_the_client() -> None:
    with pytest.raises(Killed):
        play_apart(cell(command=(ROGUES, "killed"), lasts="1m"), controlled)


def test_what_utf_8_cannot_write_is_in_no_result() -> None:
    played = play_apart(cell(command=(ROGUES, "unspeakable"), lasts="1m"), controlled)
    assert "crashed with ValueError: half of a pair: ?" in played.result.why
    assert Result.model_validate_json(played.result.to_line()) == played.result


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux says who the children of a process are")
def test_nothing_that_a_client_has_left_alone_outlives_its_cell() -> None:
    played = play_apart(cell(command=(ROGUES, "orphan"), lasts="1m"), controlled)
    orphan = int(played.result.output.splitlines()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)


def test_of_a_program_that_is_cut_off_what_it_has_printed_is_kept(tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text(
        "import os, signal\nprint('this is all')\nos.kill(os.getppid(), signal.SIGTERM)\nsignal.pause()\n", encoding="utf-8"
    )
    played = play_apart(cell(command=(sys.executable, str(program)), lasts="1m"), controlled)
    assert (played.result.outcome, played.result.output) == (Outcome.CRASHED, "this is all\n")


def test_only_the_last_of_what_a_program_has_printed_is_read(tmp_path: Path) -> None:
    file = tmp_path / "printed"
    file.write_bytes(b"x" * 20_000_000 + "äöü\r\nend\r\n".encode())
    tracemalloc.start()
    with file.open(encoding="utf-8") as printed:
        last = last_of(printed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(last), last[-8:]) == (LAST_OUTPUT, "äöü\nend\n")
    assert most < 1_000_000


def test_a_client_that_is_no_function_is_a_mistake_of_the_call() -> None:
    with pytest.raises(CellError, match="client 'os:sep': expected a function, and it is of type str"):
        play_apart(cell(command=("os:sep",), lasts="1m"), controlled)


def test_a_client_that_is_not_there_is_a_mistake_of_the_call() -> None:
    with pytest.raises(CellError, match=r"client 'nothing\.here:at_all': expected package\.module:function"):
        play_apart(cell(command=("nothing.here:at_all",), lasts="1m"), controlled)


def test_run_prints_one_line_with_everything(tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    made = called("run", "DLV-01", "--seed", "4", "--journal", str(journal), "--", CAREFUL)
    assert (made.returncode, made.stderr) == (0, "")
    (line,) = made.stdout.splitlines()
    result = Result.model_validate_json(line)
    assert result.outcome is Outcome.PASSED
    assert result.cell["seed"] == 4
    assert result.lasted == 7_200_000
    assert result.metrics["bolus_units"] == 1.0
    assert result.lines == len(journal.read_text(encoding="utf-8").splitlines())
    assert set(result.versions) == {"isletbench", "code", "client", "python", "system"}
    file = tmp_path / "cell.json"
    file.write_text(json.dumps(result.cell), encoding="utf-8")
    again = Result.model_validate_json(called("run", str(file)).stdout)
    assert (again.key, again.journal) == (result.key, result.journal), "the same cell, the same octets"


def test_a_cell_comes_from_a_file_of_any_name_and_from_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "cell"
    file.write_text(json.dumps(cell(lasts="1m", leave_out=["tells_user"]).to_dict()), encoding="utf-8")
    assert Result.model_validate_json(called("run", str(file)).stdout).scenario == "DLV-01"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writing:
        writing.submit(pipe.write_text, file.read_text(encoding="utf-8"), encoding="utf-8")
        assert Result.model_validate_json(called("run", str(pipe)).stdout).scenario == "DLV-01"


def test_run_says_what_a_careless_client_did_wrong() -> None:
    made = called("run", "DLV-01", "--", CARELESS, "sends_again")
    assert made.returncode == 1
    result = Result.model_validate_json(made.stdout)
    assert result.outcome is Outcome.FAILED
    assert result.failing == ("believes_doses", "keeps_to_intents")
    assert all(found.at >= 3_600_000 and found.words for found in result.findings)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "run: expected one cell or scenario, got 0"),
        (("DLV-01",), "expected the client's command behind --: isletbench run DLV-01 -- python my_client.py"),
        (("nothing.json",), "nothing.json: there is no such file; expected a cell, a JSON file (docs/campaigns.md)"),
        (("DLV-99", "--", CAREFUL), "DLV-99: there is no such file; expected a scenario file or one of"),
        (("DLV-01", "--pace", "jump", "--", "python"), "run: pace: a program has a clock of its own"),
    ],
)
def test_a_wrong_call_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    made = called("run", *words)
    assert made.returncode == 2
    assert made.stdout == ""
    assert sentence in made.stderr
    assert made.stderr.count("\n") == 1
