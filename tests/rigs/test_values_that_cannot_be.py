"""Values that once were a traceback, or were taken without a word: one sentence with file, key and what was expected."""

import re
from pathlib import Path

import pytest

from tests.harness.command_line import called

CGM = 'schema = 1\nname = "x"\n[devices.cgm]\nkind = "cgm"\nserial = "pty:"\n'
PUMP = 'schema = 1\nname = "x"\n[devices.pump]\nkind = "pump"\nserial = "pty:"\n'
FLAT, BASAL, FULL = "glucose = { mg_dl = 100 }\n", "basal = [{ at = 00:00:00, rate = 1 }]\n", "reservoir = 200\n"
CANNOT_BE = {
    "cadence of 0": CGM + FLAT + 'tuning = { cadence = "0s" }',
    "negative cadence": CGM + FLAT + 'tuning = { cadence = "-1s" }',
    "capacity": CGM + FLAT + "tuning = { capacity = -1 }",
    "late": CGM + FLAT + "tuning = { sending = { late = 7 } }",
    "outliers": CGM + FLAT + "tuning = { artefacts = { outliers_per_day = -1 } }",
    "glucose of nan": CGM + "glucose = { mg_dl = nan }",
    "delays": CGM + FLAT + 'ble = { name = "X", radio = { delay_events = [1, 2] } }',
    "port": CGM.replace("pty:", "tcp:127.0.0.1:99999") + FLAT,
    "place of a port": CGM.replace("pty:", "pty:/no-such-place/for/a/port") + FLAT,
    "date with an offset": CGM.replace("[", "start = 2026-01-01T08:00:00+02:00\n[", 1) + FLAT,
    "basal_cadence": PUMP + BASAL + FULL + 'tuning = { basal_cadence = "0s" }',
    "battery_life": PUMP + BASAL + FULL + 'tuning = { battery_life = "0s" }',
    "capacity of a history": PUMP + BASAL + FULL + "tuning = { history = { capacity = -1 } }",
    "pulse": PUMP + BASAL + FULL + 'tuning = { pulse = "0U" }',
    "spacing": PUMP + BASAL + FULL + 'tuning = { pulse_spacing = "0s" }',
    "reservoir": PUMP + BASAL + "reservoir = 99999999",
    "reservoir of nan": PUMP + BASAL + "reservoir = nan",
    "basal of inf": PUMP + FULL + "basal = inf",
}
KEYS = {
    "outliers": "outliers_per_day",
    "port": "devices.cgm",
    "place of a port": "devices.cgm",
    "delays": "delay_events",
    "date with an offset": "start",
    "basal of inf": "devices.pump.basal",
    "capacity of a history": "tuning.history.capacity",
}
LIBRARY = re.compile(r"valid tuple|discriminator|regular expression|pydantic|type=|Errno|Traceback|\^\[")


@pytest.mark.parametrize("what", CANNOT_BE)
def test_a_value_that_cannot_be_is_one_sentence_with_file_key_and_what_was_expected(what: str, tmp_path: Path) -> None:
    file = tmp_path / "rig.toml"
    file.write_text(CANNOT_BE[what], encoding="utf-8")
    ended = called("up", str(file), "--pace", "jump" if "port" not in what else "real", "--for", "1s")
    said = " ".join(ended.stderr.split())
    assert ended.returncode == 2, said
    key = KEYS.get(what, what.removeprefix("negative ").partition(" ")[0])
    assert said.startswith(f"isletbench: {file}: ") or what == "place of a port", said
    assert key in said, said
    assert "expected" in said, said
    assert not LIBRARY.search(said), said
