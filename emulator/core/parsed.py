"""What people write as text, as plain data: stricter than the parsers of Python where those hide a mistake."""

import json
import re
from typing import Any

UNSUITABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What no path, name or program can have: U+0000, and half of a pair of surrogates, which is no character."""
OF_OCTETS = {"stale"}
"""Keys whose text stands for octets, any of them: what is left over in a serial line."""


class Unsuitable(ValueError):
    """Text that parses, and cannot be meant; the message is a sentence."""


def json_of(text: str) -> Any:
    """JSON as plain data. Raises ``ValueError``, ``RecursionError``: ``problems.not_parsed`` words them."""
    plain = json.loads(text, object_pairs_hook=_object)
    require_text(plain)
    return plain


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unsuitable(f"{twice}: expected once, it is there twice")
    return found


def require_text(plain: Any) -> None:
    """Raise ``Unsuitable`` for a text anywhere in plain data with a character that nothing can have.

    Text that stands for octets may have U+0000.
    """
    left = [plain]
    while left:
        match left.pop():
            case str(text) if found := UNSUITABLE.search(text):
                raise Unsuitable(f"expected text without the character U+{ord(found[0]):04X}, got {text[:80]!r}")
            case dict(table):
                left += table
                left += [
                    one.replace("\0", "") if key in OF_OCTETS and isinstance(one, str) else one for key, one in table.items()
                ]
            case list(several):
                left += several
