"""`isletbench check` as a user meets it: a program is run under scenarios, and whatever becomes of it is a verdict."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from isletbench.emulator.core.clock import Pace
from isletbench.emulator.gatt import Connected
from isletbench.emulator.interfaces.control import controlled
from isletbench.emulator.scenarios.jobs import Job, chosen, jobs_of
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.junit import Case, again, document, junit, summary
from isletbench.emulator.scenarios.process import faketime
from isletbench.emulator.scenarios.program import play_to_program
from tests.harness.command_line import called
from tests.harness.conformance import ROOT
from tests.harness.journals import requests
from tests.harness.processes import await_end

SCENARIO = """
schema = 1
id = "MY-01"
title = "Ten minutes with a pump"
story = "The pump is there, and is to be read; after that it is to be given no more than one bolus."
clients = ["pump"]
lasts = "10m"

[[expect]]
check = "hears"
device = "pump"
of = "ids.Status"
after = "0s"
within = "9m"

[[expect]]
check = "doses_once"
device = "pump"
boluses = 1
"""
BEGIN = """
import os, signal, sys, time
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.hil_rigs.clients.pump_client import PumpClient
"""
READS = (
    BEGIN
    + """
with SerialClient(os.environ["ISLETBENCH_PUMP_SERIAL"]) as link:
    pump = PumpClient(link)
    print("level", pump.status().reservoir_remaining, flush=True)
    while True:
        pump.status()
        time.sleep(0.05)
"""
)
DOSES_TWICE = (
    BEGIN
    + """
with SerialClient(os.environ["ISLETBENCH_PUMP_SERIAL"]) as link:
    pump = PumpClient(link)
    pump.status()
    for _ in range(2):
        pump.bolus(0.1)
        while pump.running_boluses():
            pass
    time.sleep(60)
"""
)
CRASHES = (
    BEGIN
    + """
with SerialClient(os.environ["ISLETBENCH_PUMP_SERIAL"]) as link:
    PumpClient(link).status()
    raise SystemExit("out of cheese")
"""
)
HANGS = (
    BEGIN
    + """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with SerialClient(os.environ["ISLETBENCH_PUMP_SERIAL"]) as link:
    PumpClient(link).status()
    while True:
        time.sleep(1)
"""
)
BELIEVES = (
    BEGIN
    + """
import json
with SerialClient(os.environ["ISLETBENCH_PUMP_SERIAL"]) as link, open(os.environ["ISLETBENCH_BELIEFS"], "w") as beliefs:
    pump = PumpClient(link)
    pump.status()
    (wanted,) = json.loads(os.environ["ISLETBENCH_INTENTS"])
    bolus = pump.bolus(wanted["units"])
    while pump.running_boluses():
        pass
    print(json.dumps({"belief": "dose", "id": "x"}), file=beliefs, flush=True)
    print(json.dumps({"belief": "dose", "id": "x", "bolus_id": bolus, "units": 0.5}), file=beliefs, flush=True)
    while True:
        time.sleep(1)
"""
)
BELIEF_CHECKS = """
[[expect]]
check = "believes_doses"

[[expect]]
check = "tells_user"
about = ["occlusion"]

[[intent]]
at = "1s"
do = "bolus"
units = 0.1
"""
SLEEPS = "import time\ntime.sleep(60)\n"


@dataclass
class Checked:
    process: "subprocess.CompletedProcess[str]"
    place: Path

    @property
    def plain(self) -> Any:
        return json.loads(self.process.stdout)


def check(place: Path, program: str, *options: str, scenario: str = SCENARIO) -> Checked:
    (place / "MY-01.toml").write_text(scenario, encoding="utf-8")
    (place / "client.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "isletbench", "check", str(place / "MY-01.toml"), "--pace", "600x", *options]
    command += ["--", sys.executable, str(place / "client.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return Checked(process, place)


def played(
    place: Path,
    program: str,
    *,
    scenario: str = SCENARIO,
    only: int | None,
    pace: Pace = Pace(600.0),  # noqa: B008  # frozen
) -> Verdict:
    """The same without a command line: the program is another process, the bench is in this one."""
    (place / "MY-01.toml").write_text(scenario, encoding="utf-8")
    (place / "client.py").write_text(program, encoding="utf-8")
    command = (sys.executable, str(place / "client.py"))
    return play_to_program(Job(str(place / "MY-01.toml"), "MY-01", "serial", command, pace, controlled, only=only))


def test_a_client_that_does_right_passes(tmp_path: Path) -> None:
    made = check(tmp_path, READS, "--over", "serial", "--junit", "report.xml", "--journals", "kept", "--report", "pages")
    assert made.process.returncode == 0, made.process.stderr
    assert "1 of 1 passed" in made.process.stdout
    suite = ET.parse(tmp_path / "report.xml").getroot()  # noqa: S314  # our own
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "0")
    journal = (tmp_path / "kept" / "MY-01-serial.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(journal[0])["journal"] == 2
    assert any('"in":"read"' in line for line in journal)
    assert 'href="MY-01-serial.html"' in (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")
    assert "Every check holds." in (tmp_path / "pages" / "MY-01-serial.html").read_text(encoding="utf-8")


def test_a_client_that_does_wrong_fails_and_is_told_where_and_how_to_see_it_again(tmp_path: Path) -> None:
    made = check(tmp_path, DOSES_TWICE, "--over", "serial", "--json", "--junit", "report.xml", "--seed", "7")
    assert made.process.returncode == 1
    (verdict,) = made.plain["verdicts"]
    assert (verdict["outcome"], made.plain["failed"]) == ("failed", 1)
    (finding,) = (one for one in verdict["findings"] if one["check"] == "doses_once")
    assert finding["words"] == "bolus 2 is number 2 that is delivered, where 1 were wanted"
    assert any(line.startswith("> ") for line in finding["excerpt"])
    assert verdict["again"].startswith("isletbench check ")
    assert " --over serial --pace 600x --seed 7 -- " in verdict["again"]
    case = ET.parse(tmp_path / "report.xml").getroot().find("testsuite/testcase")  # noqa: S314
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert "bolus 2 is number 2" in str(failure.get("message"))


@pytest.mark.parametrize(
    ("program", "outcome", "why"),
    [
        (CRASHES, "crashed", "the client ended with exit code 1"),
        (HANGS, "crashed", "the client did not end within 0.5 s of SIGTERM: it hangs"),
        (SLEEPS, "absent", "the client never connected to any device"),
    ],
    ids=["crashes", "hangs", "never comes"],
)
def test_a_client_that_crashes_hangs_or_never_comes_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, outcome: str, why: str
) -> None:
    monkeypatch.setattr("isletbench.emulator.scenarios.process.GRACE_S", 0.5)
    if program == SLEEPS:
        monkeypatch.setattr("isletbench.emulator.scenarios.program.STARTING_S", 0.5)
    # one that crashes ends the scenario by itself: ten minutes of real time do not end before, however slow the machine is
    pace, only = (Pace(1.0), None) if program == CRASHES else (Pace(600.0), 180_000)
    verdict = played(tmp_path, program, only=only, pace=pace)
    assert verdict.outcome == outcome
    assert verdict.why.startswith(why)
    if program == CRASHES:
        assert "out of cheese" in verdict.output


def test_a_program_is_killed_and_started_anew(tmp_path: Path) -> None:
    scenario = SCENARIO.replace('lasts = "10m"', 'lasts = "10m"\nrestarts = ["60s", "180s", "9m"]')
    verdict = played(tmp_path, READS, scenario=scenario, only=300_000)
    assert verdict.outcome is Outcome.PASSED, verdict.why
    assert verdict.output.count("level") == 3
    first, second, third = (entry.at for entry, _ in requests(verdict.entries, Connected))
    assert first < 60_000 <= second < 180_000 <= third


def test_a_program_tells_what_it_believes_into_a_pipe(tmp_path: Path) -> None:
    # Five minutes in three seconds: enough for a bolus, its end and two lines, on a busy machine, too.
    verdict = played(tmp_path, BELIEVES, scenario=SCENARIO + BELIEF_CHECKS, only=300_000, pace=Pace(100.0))
    assert verdict.outcome is Outcome.FAILED, verdict.output
    books, refused = verdict.sentences()
    assert books == "believes_doses: bolus 1: 0.10 U were delivered, and the client has 0.5 U on its books"
    assert re.fullmatch(
        r"not judged: 1 beliefs were refused, the first at \S+: units: expected a value, it is missing", refused
    )
    assert verdict.open == ("tells_user",)
    assert '"bench":"belief_refused","why":"units: expected a value, it is missing"' in verdict.journal


@pytest.mark.slow
def test_carriers_are_played_side_by_side(tmp_path: Path) -> None:
    made = check(tmp_path, READS, "--json", "--for", "4m", "--jobs", "2")
    outcomes = {verdict["over"]: verdict["outcome"] for verdict in made.plain["verdicts"]}
    assert outcomes == {"serial": "passed", "ble": "absent"}, "it finds no serial port when it is to come over the air"


@contextmanager
def waiting_check(tmp_path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """A check of two scenarios whose client only waits, the process of that client, and the one that has started it."""
    started = tmp_path / "started"
    says = f"pathlib.Path({str(started)!r}).write_text(f'{{os.getpid()}} {{os.getppid()}} ')"
    client = [sys.executable, "-c", f"import os, pathlib, signal; {says}; signal.pause()"]
    command = [sys.executable, "-m", "isletbench", "check", "DLV-01", "DLV-02", "--over", "serial", "--pace", "real", "-j", "1"]
    with subprocess.Popen(
        [*command, *options, "--", *client], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not (started.exists() and started.read_text().endswith(" ")):
            assert process.poll() is None
            time.sleep(0.05)  # between two looks at another process, whatever the machine takes for it
        pid, starter = map(int, started.read_text().split())
        yield process, pid, starter


MISSING = "0 of 2 were played; missing: DLV-01 over serial, DLV-02 over serial"


def reasons_in(junit: Path) -> list[str | None]:
    """Why each test was skipped."""
    skipped = [case.find("skipped") for case in ET.parse(junit).getroot().iter("testcase")]  # noqa: S314
    return [one.get("message") for one in skipped if one is not None]


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), pytest.param(signal.SIGHUP, marks=pytest.mark.slow)],
    ids=["Ctrl-C", "SIGTERM", "terminal closed"],
)
def test_a_check_that_is_ended_ends_its_clients_and_says_what_is_missing(tmp_path: Path, number: signal.Signals) -> None:
    junit, pages = tmp_path / "check.xml", tmp_path / "pages"
    with waiting_check(tmp_path, "--junit", str(junit), "--report", str(pages), "--json") as (process, client, _):
        os.killpg(process.pid, number)  # a terminal sends it to all of its processes
        answer, printed = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert printed.startswith("playing 2 runs, 1 at a time, pace real\n")
    assert printed.endswith(f"isletbench: stopped by {number.name}: {MISSING}\n")
    assert "Traceback" not in printed
    assert "semaphore" not in printed
    assert [one["scenario"] for one in json.loads(answer)["not_played"]] == ["DLV-01", "DLV-02"]
    assert reasons_in(junit) == [f"not played: stopped by {number.name}"] * 2
    assert "DLV-02-serial" in (pages / "index.html").read_text(encoding="utf-8")
    with pytest.raises(ProcessLookupError):
        os.kill(client, 0)


@pytest.mark.slow
def test_a_check_whose_worker_is_killed_says_so_and_what_is_missing(tmp_path: Path) -> None:
    junit = tmp_path / "check.xml"
    with waiting_check(tmp_path, "--junit", str(junit)) as (process, client, worker):
        os.kill(worker, signal.SIGKILL)
        _, printed = process.communicate(timeout=60)
    await_end(client)
    why = "stopped by the end of a process that played one of them: somebody has killed it, or memory ran out"
    assert process.returncode == 1
    assert printed.endswith(f"isletbench: {why}: {MISSING}\n")
    assert "Traceback" not in printed
    assert reasons_in(junit) == [f"not played: {why}"] * 2


def test_a_check_writes_verdict_by_verdict_and_stops_at_the_first_that_is_wrong(tmp_path: Path) -> None:
    made = check(
        tmp_path,
        CRASHES,
        "LNK-13",
        "--over",
        "serial",
        "-j",
        "1",
        "--fail-fast",
        "--json",
        "--junit",
        "report.xml",
        "--for",
        "30m",
    )
    assert made.process.returncode == 1
    assert (made.plain["failed"], len(made.plain["verdicts"]), len(made.plain["not_played"])) == (1, 1, 1)
    (verdict,) = made.plain["verdicts"]
    assert verdict["seconds"] > 0
    assert verdict["again"].startswith(f"isletbench check {tmp_path / 'MY-01.toml'} --over serial --pace 600x --for 30m -- ")
    assert made.process.stdout.splitlines()[0] == '{"verdicts":['
    assert json.loads(made.process.stdout.splitlines()[1]) == verdict, "one line for each, as it falls"
    assert re.search(
        r"^1/2 MY-01 over serial: crashed \(\d+ s\): the client ended with exit code 1", made.process.stderr, re.MULTILINE
    )
    crashed, missing = ET.parse(tmp_path / "report.xml").getroot().iter("testcase")  # noqa: S314
    assert float(crashed.get("time", "")) > 0
    skipped = missing.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not played: the first one that was not passed ends the run"


def test_what_is_not_played_has_the_name_that_it_would_have_if_it_were(tmp_path: Path) -> None:
    file = tmp_path / "of mine.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    jobs = jobs_of(chosen([str(file)]), ["serial"], Job("", "", "", ("true",), Pace(), controlled))
    assert [job.name for job in jobs] == ["MY-01 over serial"]
    assert summary([], jobs, 0)["not_played"] == [{"scenario": "MY-01", "over": "serial"}]
    (case,) = ET.fromstring(junit([], 0, jobs, "too late")).iter("testcase")  # noqa: S314
    assert (case.get("classname"), case.get("name")) == ("isletbench.serial", "MY-01")


def test_whatever_a_client_prints_its_report_is_xml() -> None:
    said = "\x00 \x1b[1m \x7f \ufffe \uffff \ud800 ä \U0001f4a9 <&"
    cases = [Case("of", "one", "crashed", said, said, said), Case("of", "two", "passed", notes=(said,))]
    read = ET.fromstring(document(cases, 0))  # noqa: S314
    assert [one.text for one in read.iter("system-out")] == ["? ?[1m \x7f ? ? ? ä \U0001f4a9 <&"] * 2


def test_what_would_be_played_is_listed_by_tag_and_divided_among_machines() -> None:
    def listed(*words: str) -> list[tuple[str, str]]:
        names = ("DLV-01", "DLV-02", "DLV-04", "DLV-05", "DLV-06", "CLK-01", "CLP-01", "LNK-04")  # all of them take a while
        ended = called("check", "--list", "--json", *names, *words)
        assert ended.returncode == 0, ended.stderr
        return [(one["scenario"], one["over"]) for one in json.loads(ended.stdout)]

    everything = listed("--tag", "dlv")
    assert {name.partition("-")[0] for name, _ in everything} == {"DLV"}
    shards = [listed("--tag", "dlv", "--shard", f"{number}/3") for number in (1, 2, 3)]
    assert sorted(one for shard in shards for one in shard) == sorted(everything)
    assert max(map(len, shards)) - min(map(len, shards)) < len(everything) / 3
    assert listed("DLV-01", "--over", "serial").count(("DLV-01", "serial")) == 1, "once each"
    assert {name for name, _ in listed("--tag", "closed-loop", "--tag", "clk")} == {"CLP-01", "CLK-01"}


def test_a_tag_of_ones_own_chooses_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "MY-01.toml").write_text(SCENARIO.replace("lasts =", 'tags = ["nightly"]\nlasts ='))
    ended = called("check", "--list", str(tmp_path / "MY-01.toml"), "DLV-01", "--tag", "nightly", "--json")
    assert {one["scenario"] for one in json.loads(ended.stdout)} == {"MY-01"}


def test_the_line_that_repeats_it_has_every_option_that_mattered() -> None:
    job = Job("DLV-01", "DLV-01", "ble", ("app", "--fast"), Pace(60.0), controlled, 7, True, 90_000, 0)
    verdict = Verdict("DLV-01", "ble", Outcome.FAILED, pace="15x")
    assert again(job, verdict) == (
        "isletbench check DLV-01 --over ble --pace 15x --seed 7 --for 90s --fake-clock --retry-late 0 -- app --fast"
    )


def test_files_are_looked_at_before_anything_is_played(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    mine = tmp_path / "pages" / "index.html"
    mine.write_text("my own page")
    for option, place in (("--junit", mine), ("--report", mine.parent), ("--junit", tmp_path / "no" / "x.xml")):
        ended = called("check", "DLV-01", option, str(place), "--", "no-such-program-here")
        assert (ended.returncode, "no-such-program" in ended.stderr) == (2, False), ended.stderr
    assert mine.read_text() == "my own page"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "expected the client's command behind --"),
        (["check", "DLV-01", "--"], "expected the client's command behind --"),
        (["check", "NO-01", "--", "true"], "NO-01: there is no such file; expected a scenario file or one of"),
        (["check", "DLV-01", "--pace", "jump", "--", "true"], "--pace: a program has a clock of its own"),
        (["check", "DLV-01", "--over", "air", "--", "true"], "--over air: expected serial, ble, both or a personality: "),
        (["check", "DLV-01", "--for", "5", "--", "true"], "--for: duration '5': expected"),
        (["check", "--shard", "6/5", "--", "true"], "--shard 6/5: expected N/COUNT with N from 1 to COUNT"),
        (["check", "DLV-01", "--tag", "nope", "--", "true"], "tag 'nope': expected one of dlv, pump, user"),
        (["check", "LNK-16", "--over", "serial", "--", "true"], "nothing to play over serial"),
        (["check", "DLV-01", "--over", "serial", "--", "no-such-program-here"], "the client cannot be started: No such file"),
    ],
)
def test_a_wrong_call_is_said_in_one_sentence(words: list[str], said: str) -> None:
    ended = called(*words)
    assert ended.returncode == 2
    assert said in " ".join(ended.stderr.split())


@pytest.mark.skipif(faketime() is None, reason="libfaketime is not installed")
@pytest.mark.slow
def test_a_clients_clock_can_run_with_the_benchs(tmp_path: Path) -> None:
    # its time-out runs with its clock: two minutes of it are 0.6 s here, which a machine that does other things takes to answer
    program = READS.replace("time.sleep(0.05)", "time.sleep(30)").replace('_SERIAL"])', '_SERIAL"], timeout=120)')
    made = check(tmp_path, program, "--pace", "200x", "--over", "serial", "--fake-clock", "--json", "--journals", "kept")
    assert made.process.returncode == 0, made.process.stdout
    journal = (tmp_path / "kept" / "MY-01-serial.jsonl").read_text(encoding="utf-8")
    assert journal.count('"in":"read"') > 5, "thirty seconds of its time are thirty of the bench's"
