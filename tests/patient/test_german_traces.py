"""Exports of portals that are set to German: the headers are those that public parsers of such files name."""

from datetime import datetime

import pytest

from isletbench.emulator.patient.traces.numbers import MG_DL, MMOL_L, Word
from isletbench.emulator.patient.traces.recognise import recognised

CLARITY = """\
Index;Zeitstempel (JJJJ-MM-TTThh:mm:ss);Ereignisart;Untertyp;Glukosewert (mg/dl);Insulinwert (IE);Kohlenhydratwert (Gramm)
1;;Vorname;;;;
2;;Warnung;Hoch;200;;
3;2026-03-03T22:02:14;EGV;;140;;
4;2026-03-03T22:05:00;Insulin;Schnellwirkend;;2,5;
5;2026-03-03T22:06:00;Kohlenhydrate;;;;40
6;2026-03-03T22:07:14;EGV;;Niedrig;;
7;2026-03-03T22:12:14;Kalibrierung;;133;;
"""
IN_MMOL = """\
Index;Zeitstempel (JJJJ-MM-TTThh:mm:ss);Ereignistyp;Untertyp;Glukosewert (mmol/l);Insulinwert (IE);Kohlenhydratwert (Gramm)
1;2026-03-03T22:02:14;EGW;;7,8;;
2;2026-03-03T22:05:00;Insulin;;;2,5;
3;2026-03-03T22:06:00;Kohlenhydrate;;;;40
4;2026-03-03T22:07:14;EGW;;Niedrig;;
"""
LIBREVIEW = """\
Glukose-Werte,Erstellt am,14-03-2026 08:00 UTC,Erstellt von,Test Person
Gerät,Seriennummer,Gerätezeitstempel,Aufzeichnungstyp,Glukosewert-Verlauf mg/dL,Glukose-Scan mg/dL,\
Nicht numerisches schnellwirkendes Insulin,Schnellwirkendes Insulin (Einheiten),Kohlenhydrate (Gramm),Kohlenhydrate (Portionen)
Libre,1,03-03-2026 22:02,0,140,,,,,
Libre,1,13-03-2026 22:05,4,,,,"2,5",,
Libre,1,13-03-2026 22:06,5,,,,,40,2
Libre,1,13-03-2026 22:07,1,,LO,,,,
"""
CARELINK = """\
Nachname;Test;Gerät;Pumpe

Index;Datum;Zeit;BZ-Messwert (mg/dl);Abgegebene Bolusmenge (IE);BolusExpert: KH-Eingabe (Gramm);Sensorglukose (mg/dl)
1;03.03.26;22:02:14;;;;140
2;03.03.26;22:05:00;;2,5;40;
3;03.03.26;22:07:14;111;;;Niedrig
"""


@pytest.mark.parametrize(
    ("text", "form", "unit", "first"),
    [
        (CLARITY, "Dexcom Clarity", MG_DL, 140),
        (IN_MMOL, "Dexcom Clarity", MMOL_L, 7.8),
        (LIBREVIEW, "LibreView", MG_DL, 140),
        (CARELINK, "CareLink", MG_DL, 140),
        (CARELINK.replace("Sensorglukose (mg/dl)", "Sensor Glucose (mg/dl)"), "CareLink", MG_DL, 140),
    ],
    ids=["clarity", "clarity in mmol/L", "libreview", "carelink", "later carelink"],
)
def test_a_german_export_is_read_as_the_english_one(text: str, form: str, unit: str, first: float) -> None:
    found = recognised(text)
    assert (found.format, found.unit) == (form, unit)
    readings = [one.glucose for one in found.observations if one.glucose is not None]
    assert readings == [first, Word.LOW]
    assert [one.bolus for one in found.observations if one.bolus] == [2.5]
    assert [one.carbs for one in found.observations if one.carbs] == [40]
    assert found.observations[0].at.replace(tzinfo=None, second=0) == datetime(2026, 3, 3, 22, 2)  # noqa: DTZ001


def test_basal_rates_of_a_german_carelink_are_read_and_temporary_ones_without_them_are_not() -> None:
    header = "Index;Datum;Zeit;{};Sensorglukose (mg/dl)\n"
    rows = "1;03.03.26;22:00:00;0,85;\n2;03.03.26;22:02:14;;140\n3;03.03.26;23:00:00;1,2;\n"
    found = recognised(header.format("Basalrate (IE/h)") + rows)
    assert [one.basal for one in found.observations if one.basal is not None] == [0.85, 1.2]
    older = recognised(header.format("Tempor. Basalrate (IE/h)") + rows)
    assert not [one for one in older.observations if one.basal is not None]
    assert [one.glucose for one in older.observations if one.glucose is not None] == [140]
