"""Conditions as one line of words, for the command line: ``message SetBolus where fast_amount > 5 then idle 5m``.

``then`` binds least, then ``or``, then ``and``; parentheses group. A condition is its key and its value, then its other keys,
each with its value; comparisons are written with signs, those of a message's content behind ``where``, separated by commas.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from isletbench.emulator.faults.compared import SIGNS

COMBINATIONS = {"then": "then", "or": "any", "and": "all"}
"""The words that combine, those that bind least first, and the key of each combination."""
_PIECE = re.compile(r"""\s*(?:(?P<sign><=|>=|!=|[<>=(),])|(?P<quoted>"[^"]*"|'[^']*')|(?P<word>[^\s<>=!(),"']+))""")
_KEYS = {sign: key for key, sign in SIGNS.items()}
MOST_PIECES = 500
"""How many words and signs a sentence may have."""


def parse(text: str) -> dict[str, Any]:
    """The condition that a sentence describes, as plain data. Raises ``ValueError`` saying what was expected."""
    pieces: list[str] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _PIECE.match(text, place)
        if match is None:
            raise ValueError(f"expected words, numbers and signs, got {text[place : place + 10]!r}")
        if len(pieces) == MOST_PIECES:
            raise ValueError(f"expected {MOST_PIECES} words and signs or fewer")
        pieces.append(match.group().strip())
        place = match.end()
    reader = _Reader(pieces)
    found = reader.combination(tuple(COMBINATIONS))
    if (left := reader.next()) is not None:
        raise ValueError(f"expected and, or, then or the end, got {left!r}")
    return found


class _Reader:
    """Reads a sentence from left to right."""

    def __init__(self, pieces: list[str]) -> None:
        self._pieces, self._place = pieces, 0

    def next(self) -> str | None:
        """The next piece, if there is one."""
        return self._pieces[self._place] if self._place < len(self._pieces) else None

    def take(self, expected: str) -> str:
        """Take the next piece. Raises ``ValueError`` at the end."""
        piece = self.next()
        if piece is None:
            raise ValueError(f"expected {expected}, and there is nothing more")
        self._place += 1
        return piece

    def combination(self, words: tuple[str, ...]) -> dict[str, Any]:
        """Conditions that these words combine, the first of them binding least."""
        if not words:
            return self.single()
        word, *tighter = words
        found = [self.combination(tuple(tighter))]
        while self.next() == word:
            self.take(word)
            found.append(self.combination(tuple(tighter)))
        return found[0] if len(found) == 1 else {COMBINATIONS[word]: found}

    def single(self) -> dict[str, Any]:
        """One condition, or a combination in parentheses."""
        key = self.take("a condition such as message SetBolus")
        if key == "(":
            found = self.combination(tuple(COMBINATIONS))
            if (closing := self.take("')'")) != ")":
                raise ValueError(f"expected ')', got {closing!r}")
            if self.next() == "device":
                self.take("device")
                found = {**found, "device": self._word("a device")}
            return found
        found = {key: _value(self._word(f"a value after {key}"))}
        while (piece := self.next()) is not None and piece not in {*COMBINATIONS, ")"}:
            if piece in _KEYS:
                self.take(piece)
                found[_KEYS[piece]] = _value(self._word("a value"))
            elif piece == "where":
                self.take(piece)
                found["where"] = self._where()
            else:
                self._word("a key")
                found[piece] = _value(self._word(f"a value of {piece}"))
        return found

    def _word(self, expected: str) -> str:
        piece = self.take(expected)
        if piece in _KEYS or piece in "(),":
            raise ValueError(f"expected {expected}, got {piece!r}")
        return piece

    def _where(self) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {}
        while True:
            field = self._word("a field")
            sign = self.take(f"a sign after {field}")
            if sign not in _KEYS:
                raise ValueError(f"{field}: expected one of {', '.join(_KEYS)}, got {sign!r}")
            found.setdefault(field, {})[_KEYS[sign]] = _value(self._word("a value"))
            if self.next() != ",":
                return found
            self.take(",")


def _value(piece: str) -> Any:
    """A number, true or false, or a word."""
    if piece[0] in "\"'":
        return piece[1:-1]
    if piece in {"true", "false"}:
        return piece == "true"
    for kind in (int, float):
        try:
            return kind(piece)
        except ValueError:
            continue
    return piece


def text_of(condition: Mapping[str, Any]) -> str:
    """A condition, as plain data, in words: what ``parse`` reads as the same condition."""
    for word, key in COMBINATIONS.items():
        if key in condition:
            parts = f" {word} ".join(_grouped(part) for part in condition[key])
            return f"({parts}) device {condition['device']}" if "device" in condition else parts
    return _single(condition)


def _grouped(condition: Mapping[str, Any]) -> str:
    combines = "device" not in condition and any(key in condition for key in COMBINATIONS.values())
    return f"({text_of(condition)})" if combines else text_of(condition)


def _single(condition: Mapping[str, Any]) -> str:
    key = next(key for key in condition if key not in {"device", *SIGNS})
    return f"{key} {_written(condition[key])}{_keys(condition, {key})}"


def _keys(condition: Mapping[str, Any], done: Iterable[str]) -> str:
    words = ""
    for key, value in condition.items():
        if key in done:
            continue
        if key in SIGNS:
            words += f" {SIGNS[key]} {_written(value)}"
        elif key == "where":
            fields = [f"{name} {SIGNS[sign]} {_written(v)}" for name, compared in value.items() for sign, v in compared.items()]
            words += f" where {', '.join(fields)}"
        else:
            words += f" {key} {_written(value)}"
    return words


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    plain = isinstance(value, str) and (_value(text) != text or not re.fullmatch(r"""[^\s<>=!(),"']+""", text))
    return f'"{text}"' if plain else text
