"""Steering from the command line: the same actions, one sentence when something is wrong."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from isletbench.emulator.faults import FAULTS
from isletbench.emulator.interfaces.cli import main, steer
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.scenarios.scenario import scenarios
from tests.interfaces.control.steered import Steered, steered


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    with steered(tmp_path_factory.mktemp("line")) as running:
        yield running


Line = Callable[..., int]


@pytest.fixture
def line(bench: Steered, monkeypatch: pytest.MonkeyPatch) -> Line:
    """Calls the command line in this process; its exit code."""
    monkeypatch.setenv("ISLETBENCH_DIR", bench.up.environment["ISLETBENCH_DIR"])

    def called(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["isletbench", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return called


def test_a_fault_and_a_verb_from_the_command_line(
    bench: Steered, line: Line, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str) -> str:
        assert line(*words) == 0
        return capfd.readouterr().out

    assert run("inject", "lose_reply", "device=pump", "on=SetBolus", "count=none").startswith(
        "fault lose_reply (lose_reply on pump on=SetBolus count=all): armed"
    )
    told = json.loads(run("inject", "battery", "device=cgm", "percent=9", "after=1m", "--json"))
    assert told["declared"] == {
        "fault": "do",
        "device": "cgm",
        "after": "1m",
        "action": "battery",
        "arguments": {"percent": "9"},
    }
    before = bench.ask("GET", "/v1/status")["now"]
    assert run("step", "90s").rstrip().endswith(" since start, pace paused")
    assert bench.ask("GET", "/v1/status")["now"] >= before + 90_000
    status = run("status")
    assert "fault lose_reply (lose_reply on pump on=SetBolus count=all): armed" in status
    assert "fault do (do on cgm after=1m action=battery percent=9): over, struck 1x" in status
    assert json.loads(run("do", "cgm", "stop", "--json"))["session"] == "stopped"
    assert run("clear", "lose_reply") == "cleared: lose_reply\n"
    assert run("clear", "--all") == "cleared: do\n"
    assert run("pace", "30x") == "pace 30x\n"
    assert run("pace", "paused") == "pace paused\n"


@pytest.mark.parametrize("too_early", [0, 3])
def test_ctrl_c_ends_a_step_also_one_that_the_bench_has_not_begun_yet(
    line: Line, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, too_early: int
) -> None:
    ended = Event()
    refused: list[str] = []

    def asked(_bench: object, _path: str, method: str, _span: object = None) -> Any:
        if method == "POST":
            signal.raise_signal(signal.SIGINT)
            assert ended.wait(10)
        elif len(refused) < too_early:
            refused.append(method)
            raise CallError("no step is under way")
        ended.set()
        return {"now": 3_723_000, "pace": "real"}

    monkeypatch.setattr(steer, "ask", asked)
    assert line("step", "24h") == 130
    assert capfd.readouterr().out == "ended 1:02:03 since start\n"
    assert len(refused) == too_early


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["inject", "lose_reply"], "device: expected a value, it is missing"),
        (["inject", "lose_reply", "pump"], "'pump': expected KEY=VALUE, such as device=pump"),
        (["inject", "lose_reply", "device=pump", "device=cgm"], "device is given twice"),
        (["inject", "lose_reply", "device=toaster"], "device 'toaster': expected one of cgm, pump"),
        (
            ["inject", "sabotage", "device=pump"],
            "fault 'sabotage': expected one that `isletbench faults` or `isletbench actions` lists",
        ),
        (["clear"], "expected the name of a fault, or --all"),
        (["clear", "nothing"], "fault 'nothing': there is no fault"),
        (["clear", "../status"], "there is no /v1/faults/../status"),
        (["do", "cgm", "fly"], "action 'fly': expected one of insert"),
        (["do", "pump", "attach"], "attach: reservoir: expected a value, it is missing"),
        (["pace", "jump"], "the pace cannot change from paused to jump while the bench runs"),
        (["step", "soon"], "span: duration 'soon': expected a number with ms, s, m, h or d"),
        (["faults", "sabotage"], "fault 'sabotage': expected one of lose_request"),
        (["scenarios", "LNK-99"], "LNK-99: there is no such file; expected a scenario file or one of LNK-"),
        (["actions", "fly"], "action 'fly': expected one of insert"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_word_ends_with_one_sentence_and_exit_code_2(
    line: Line, capfd: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert line(*words) == 2
    out, err = capfd.readouterr()
    assert sentence in err
    assert err.startswith("isletbench: ")
    assert err.count("\n") == 1
    assert out == ""


def test_faults_and_verbs_are_listed_with_what_they_take(line: Line, capfd: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert line(*words) == 0
        return capfd.readouterr().out

    assert [told["fault"] for told in json.loads(said("faults", "--json"))] == list(FAULTS)
    assert "truncate_reply" in said("faults")
    assert "octets" in said("faults", "truncate_reply")
    actions = json.loads(said("actions", "--json"))
    assert [told["kind"] for told in actions if told["action"] == "occlude"] == ["pump"]
    assert [told["id"] for told in json.loads(said("scenarios", "--json"))] == scenarios()
    assert "Signal loss" in said("scenarios")
    assert "vanish on cgm at=1h lasts=15m" in said("scenarios", "CGM-02")
    assert json.loads(said("scenarios", "CGM-02", "--json"))["id"] == "CGM-02"
    both = said("actions", "battery")
    assert "cgm: battery" in both
    assert "pump: battery" in both


def test_profiles_are_listed_with_their_values(line: Line, capfd: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert line(*words) == 0
        return capfd.readouterr().out

    known = {(told["kind"], told["profile"]): told["values"] for told in json.loads(said("profiles", "--json"))}
    assert known["pump", "tubed"]["limits"]["bolus"] == 25_000_000
    assert known["cgm", "minute_14_day"]["cadence"] == 60_000
    assert "fingerstick_7_day" in said("profiles")
    assert "limits.tbr_factor" in said("profiles", "patch")
    assert line("profiles", "golden") == 2
    assert "profile 'golden': expected one of generic" in capfd.readouterr().err
