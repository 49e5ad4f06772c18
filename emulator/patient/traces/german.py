"""The same portals' tables in German: their column names, as public parsers of such exports read them.

Clarity: ``Zeitstempel``, ``Glukosewert``; some have ``Ereignisart``, some ``Ereignistyp``, for what a row is,
and ``Ereignisuntertyp`` for which insulin.
LibreView: ``Gerätezeitstempel``, ``Glukosewert-Verlauf``, ``Glukose-Scan``, ``Schnellwirkendes Insulin``, ``Kohlenhydrate``.
CareLink: ``Datum``, ``Zeit``, ``Sensorglukose`` (later exports leave ``Sensor Glucose`` in English), ``Abgegebene Bolusmenge``,
``BolusExpert: KH-Eingabe``, ``Basalrate`` (in English ``Basal Rate``; older exports have ``Tempor. Basalrate`` alone, which
says nothing of the rate before and after it, and is not read).
"""

from isletbench.emulator.patient.traces.tables import TableFormat


def _clarity(kind: str) -> TableFormat:
    return TableFormat(
        name="Dexcom Clarity",
        needs=frozenset({"zeitstempel", kind, "glukosewert"}),
        time=("zeitstempel",),
        glucose=("glukosewert",),
        bolus=("insulinwert",),
        carbs=("kohlenhydratwert",),
        kind=kind,
        readings=frozenset({"egv", "egw"}),
        insulin="ereignisuntertyp",
        long_acting=("lang", "long"),
    )


def _carelink(glucose: str) -> TableFormat:
    return TableFormat(
        name="CareLink",
        needs=frozenset({"datum", "zeit", glucose}),
        time=("datum", "zeit"),
        glucose=(glucose,),
        bolus=("abgegebene bolusmenge",),
        basal=("basalrate",),
        carbs=("bolusexpert: kh-eingabe",),
    )


FORMATS = (
    _clarity("ereignisart"),
    _clarity("ereignistyp"),
    TableFormat(
        name="LibreView",
        needs=frozenset({"gerätezeitstempel", "aufzeichnungstyp", "glukosewert-verlauf"}),
        time=("gerätezeitstempel",),
        glucose=("glukosewert-verlauf", "glukose-scan"),
        bolus=("schnellwirkendes insulin",),
        carbs=("kohlenhydrate",),
    ),
    _carelink("sensorglukose"),
    _carelink("sensor glucose"),
)
