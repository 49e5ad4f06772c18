"""What people write: what a parser takes in silence and nobody can mean is refused."""

import re

import pytest

from isletbench.emulator.core.parsed import Unsuitable, json_of
from isletbench.emulator.core.problems import not_parsed
from isletbench.emulator.rigs.rig import RigError, tables


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"seed": 3, "seed": 4}', "seed: expected once, it is there twice"),
        ('[{"a": [{"b": 1, "c": 2, "b": 1}]}]', "b: expected once, it is there twice"),
        (r'{"rig": "a\u0000b"}', "expected text without the character U+0000, got 'a\\x00b'"),
        (r'{"a\u0000b": 1}', "expected text without the character U+0000, got 'a\\x00b'"),
        (r'[["\ud83d"]]', "expected text without the character U+D83D, got '\\ud83d'"),
    ],
)
def test_json_that_cannot_be_meant_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Unsuitable, match=re.escape(sentence)) as refused:
        json_of(text)
    assert not_parsed("JSON", refused.value) == sentence


def test_what_can_be_meant_is_taken() -> None:
    assert json_of(r'{"a": {"b": 1}, "c": [{"b": "\ud83d\ude00 \t"}]}') == {"a": {"b": 1}, "c": [{"b": "\U0001f600 \t"}]}


def test_toml_has_no_character_that_nothing_can_have() -> None:
    with pytest.raises(RigError, match=r"^f: expected text without the character U\+0000, got 'a\\x00b'$"):
        tables('[devices.cgm]\nserial = ["a\\u0000b"]', "f")
