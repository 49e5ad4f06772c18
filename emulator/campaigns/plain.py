"""Plain data between formats: what TOML has and JSON has not, and back; and what stands for a piece of it, as a hash."""

import hashlib
import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import tomli_w


def from_toml(value: Any) -> Any:
    """What TOML has, as JSON has it: fractions as numbers, dates and times as text."""
    match value:
        case dict():
            return {key: from_toml(inner) for key, inner in value.items()}
        case list() | tuple():
            return [from_toml(inner) for inner in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


def to_toml(plain: dict[str, Any]) -> str:
    """Plain data as the text of a TOML file."""
    text: str = tomli_w.dumps(plain, multiline_strings=True)
    return text


def hash_of(*parts: Any) -> str:
    """What stands for plain data: the same for the same data, in 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
