"""What campaigns have found in our own controller, shrunk: it is mended, and a controller without the mend still fails."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.controller import history
from isletbench.hil_rigs.clients.controller import session as sessions
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.session import SERIAL_NUMBER, Session
from isletbench.protocols import companions
from isletbench.protocols.ids import CORRUPTED, HistoryRecord
from isletbench.protocols.racp import Selection

FOUND = sorted((Path(__file__).parent / "found").glob("*.toml"))


class ReadsOnce(Session):
    """Takes the serial number from one answer, whatever it says: a damaged one is another pump."""

    async def serial_number(self) -> str | None:
        decoded: companions.Text = companions.SERIAL_NUMBER.decode(await self.collector.read(SERIAL_NUMBER), protected=False)
        return decoded.text


def played(file: Path, over: str, parts: Parts = CAREFUL) -> Verdict:
    scenario = load_scenario(str(file))
    return run(play(scenario, client_of(scenario, parts), over), Pace(None))


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_what_was_found_is_mended(file: Path) -> None:
    for over in load_scenario(str(file)).over:
        verdict = played(file, over)
        assert verdict.passed, verdict.sentences()


def test_a_controller_that_takes_one_answer_for_the_serial_number_forgets_its_pump() -> None:
    (file,) = (file for file in FOUND if file.stem == "damaged_serial_number")
    assert sessions.SERIAL_NUMBER_READS > 2
    verdict = played(file, "serial", Parts(ReadsOnce))
    assert verdict.outcome is Outcome.FAILED
    assert {check for check, _ in verdict.findings} == {"believes_basal"}


def test_a_controller_that_is_content_with_what_has_come_misses_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    async def as_it_comes(self: History, selection: Selection, expected: int = 0) -> bool:
        monkeypatch.setattr(history, "_is_whole", lambda records: True)
        return await read(self, selection, 0)

    read = History._read
    monkeypatch.setattr(History, "_read", as_it_comes)
    (file,) = (file for file in FOUND if file.stem == "missing_record")
    verdict = played(file, "ble")
    assert {check for check, _ in verdict.findings} == {"dates_doses"}


def record(number: int) -> HistoryRecord:
    """A history record with this number; what it records is of no matter here."""
    return cast("HistoryRecord", SimpleNamespace(sequence_number=number))


def test_records_are_read_in_their_order_and_again_where_one_is_missing() -> None:
    early, late, damaged = record(3), record(4), record(CORRUPTED)
    assert list(history._in_order([late, early])) == [early, late]
    assert list(history._in_order([late, damaged, early])) == [late, damaged, early], "nobody knows where it belongs"
    assert history._is_whole([late, early])
    assert not history._is_whole([early, record(5)])
