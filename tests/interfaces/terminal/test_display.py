"""The live view of a bench: on a terminal of any size, and on a pipe."""

import io
from collections.abc import Callable
from typing import Any, cast

from rich.console import Console

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.interfaces.terminal.display import Display, fitted, rows_taken, view
from isletbench.emulator.interfaces.terminal.lines import clock, fault_line, line_of, time_line

CGM = {
    "kind": "cgm",
    "clients": [],
    "session": "running",
    "glucose_mg_dl": 103.0,
    "records": 2,
    "annunciation": ["TIME_SYNCHRONIZATION_REQUIRED"],
}
FAULT: dict[str, Any] = {
    "id": "quiet",
    "state": "armed",
    "struck": 2,
    "since": 0,
    "declared": {"fault": "lose_reply", "device": "cgm", "on": "ids.Status"},
}


class Running:
    """A bench as the view sees it."""

    def __init__(self) -> None:
        self.cgm: dict[str, Any] = dict(CGM)
        self.now = 3_723_000
        self.listeners: list[Callable[[Any], None]] = []
        self.journal = self

    def listen(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def status(self) -> dict[str, Any]:
        return {"rig": "default", "pace": "60x", "now": self.now, "devices": {"cgm": self.cgm}, "faults": [FAULT]}

    @property
    def as_bench(self) -> Bench:
        return cast("Bench", self)


def test_it_shows_time_pace_faults_and_annunciations() -> None:
    first, device, fault = view(Running().as_bench)
    assert first == "rig default, 1:02:03 since start, pace 60x"
    assert device == "cgm  session running | 103 mg/dL | 2 records | ! time synchronization required | nobody connected"
    assert fault == "fault quiet (lose_reply on cgm on=ids.Status): armed, struck 2x"


def test_days_are_counted_from_the_second_one_on() -> None:
    assert clock(86_400_000 + 61_000) == "1 d 0:01:01"
    assert time_line({"rig": "r", "now": 0, "pace": "real"}) == "rig r, 0:00:00 since start, pace real"


def test_a_device_that_says_nothing_of_annunciations_has_none() -> None:
    patient = {"kind": "patient", "plasma_mg_dl": 100.0, "interstitial_mg_dl": 100.0, "received_u": 0.0, "stomach_g": 0.0}
    assert "!" not in line_of(patient)


def test_every_line_fits_into_its_row_and_all_of_them_into_the_terminal() -> None:
    lines = [f"line {number} " + "x" * 100 for number in range(20)]
    shown = fitted(lines, 40, 10)
    assert len(shown) == 9
    assert shown[-1] == "... 12 more"
    assert all(len(line) < 40 for line in shown)
    assert fitted(["short"], 40, 10) == ["short"]


def test_what_a_narrower_terminal_has_wrapped_is_counted_in_rows() -> None:
    assert rows_taken(["x" * 79, "", "x" * 20], 80) == 3
    assert rows_taken(["x" * 79, "", "x" * 20], 40) == 4
    assert rows_taken(["x" * 79, "", "x" * 20], 19) == 5 + 1 + 2


class Screen(io.StringIO):
    """What a terminal is sent."""

    def news(self) -> str:
        """What came since it was asked last."""
        found = self.getvalue()
        self.seek(0)
        self.truncate()
        return found


async def test_it_takes_all_its_rows_off_a_terminal_that_was_resized() -> None:
    screen, running = Screen(), Running()
    console = Console(file=screen, force_terminal=True, width=120, height=30)
    with Display(running.as_bench, console) as display:
        assert screen.news().count("\n") == 3
        console.width = 60  # the lines of device and fault, of 98 and 63 cells, take two rows each now
        display.draw()
        drawn = screen.news()
        assert drawn.startswith("\x1b[5A\x1b[1G\x1b[0J")
        assert all(len(line) < 60 for line in drawn.rpartition("\x1b[0J")[2].split("\n"))
    assert screen.news() == "\x1b[3A\x1b[1G\x1b[0J"  # nothing of it is left
    assert running.listeners == []


async def test_on_a_pipe_a_device_has_one_line_until_more_than_a_number_changes() -> None:
    pipe = io.StringIO()
    running = Running()
    with Display(running.as_bench, Console(file=pipe, width=10, soft_wrap=True)) as display:
        display.draw()
        running.cgm |= {"glucose_mg_dl": 120.0, "records": 3}
        display.draw()
        assert pipe.getvalue().count("\n") == 1
        running.cgm["session"] = "stopped"
        display.draw()
    lines = pipe.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("cgm: session stopped | 120 mg/dL | 3 records")
    assert "\x1b" not in pipe.getvalue()


def test_a_fault_that_waits_for_a_condition_shows_it_in_words() -> None:
    when = {"then": [{"level": "battery", "below": 15.0}, {"message": "SetBolus"}]}
    shown = fault_line({**FAULT, "state": "waiting", "struck": 0, "declared": {**FAULT["declared"], "when": when}})
    assert 'when="level battery < 15 then message SetBolus"' in shown
    assert shown.endswith(": waiting")
