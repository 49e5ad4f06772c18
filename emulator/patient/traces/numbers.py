"""Numbers and units as files have them: decimal commas, ``Low`` and ``High``, units in headers."""

import re
from enum import Enum

MG_DL, MMOL_L = "mg/dL", "mmol/L"
MG_DL_PER_MMOL_L = 18.016
"""Molar mass of glucose, 180.16 g/mol."""


_UNIT = re.compile(r"[(\[](?P<unit>[^)\]]*/[^)\]]*)[)\]]\s*$")


class Word(Enum):
    """What a sensor says in place of a number outside its range."""

    LOW = "Low"
    HIGH = "High"


_WORDS = {"low": Word.LOW, "lo": Word.LOW, "niedrig": Word.LOW, "high": Word.HIGH, "hi": Word.HIGH, "hoch": Word.HIGH}


def number(text: object) -> float | None:
    """A number, or None for an empty field. Raises ``ValueError`` for anything else; ``nan`` and ``inf`` are numbers here."""
    if text is None or isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return float(text)
    stripped = str(text).strip().strip('"').replace("\u00a0", "").replace(" ", "")
    if not stripped:
        return None
    if "," in stripped:
        whole, _, decimals = stripped.rpartition(",")
        grouped = "." in decimals
        stripped = stripped.replace(",", "") if grouped else f"{whole.replace('.', '').replace(',', '')}.{decimals}"
    return float(stripped)


def glucose(text: object) -> float | Word | None:
    """A glucose value: a number, a word, or None for an empty field. Raises ``ValueError``."""
    if isinstance(text, str) and (word := _WORDS.get(text.strip().strip('"').lower())):
        return word
    return number(text)


def amount(text: object) -> float | None:
    """Insulin or carbohydrate: a number above 0, or None for anything else."""
    try:
        found = number(text)
    except ValueError:
        return None
    return found if found is not None and 0 < found < 10_000 else None


def rate(text: object, scale: float = 1.0) -> float | None:
    """A basal rate: a number from 0 on, times ``scale``, or None for anything else."""
    try:
        found = number(text)
    except ValueError:
        return None
    return None if found is None or not 0 <= found < 1_000 else found * scale


def is_no_amount(text: object) -> bool:
    """Whether a field holds a number that no insulin and no carbohydrate can be: less than 0, ``nan``, 10 000 or more."""
    try:
        found = number(text)
    except ValueError:
        return False
    return found is not None and not 0 <= found < 10_000


def other_unit_in(text: str) -> str | None:
    """The unit that a header names behind a column, where it is none of glucose: ``g/L``."""
    found = _UNIT.search(text)
    return found["unit"].strip() if found and unit_in(text) is None else None


def unit_in(text: str) -> str | None:
    """The unit of glucose that a header or a field names."""
    plain = re.sub(r"[\s_]", "", text.lower())
    if "mmol" in plain:
        return MMOL_L
    return MG_DL if "mg/dl" in plain or "mgdl" in plain or "mg/100ml" in plain else None
