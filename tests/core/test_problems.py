"""What is wrong with data is one sentence with the keys of the file, in words that are not the library's."""

import json
import tomllib
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import core_schema

from isletbench.emulator.core.models import Duration, Octets, Part, Units
from isletbench.emulator.core.problems import EXPECTED, first_problem, not_parsed, unreadable


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Low(Part):
    kind: Literal["low"]
    at: int = 0


class Other(Part):
    kind: Literal["other"]
    at: Literal[1, 2] = 1


def even(number: int) -> int:
    if number % 2:
        raise ValueError(f"expected an even number, got {number}")
    return number


Named = Annotated[str, Field(pattern="^[a-z]+$", examples=["pump", "cgm"])]


class File(Part):
    schema_: int = Field(default=1, alias="schema", le=1)
    one: Annotated[Low | Other, Field(discriminator="kind")] = Low(kind="low")
    many: dict[Named, Annotated[Low | Other, Field(discriminator="kind")]] = Field(default_factory=dict)
    maybe: Low | None = None
    pair: tuple[int, Low] = (1, Low(kind="low"))
    colours: list[Colour] = Field(default_factory=list)
    on: bool = True
    amount: Units = Decimal(0)
    span: Duration = 0
    octets: Octets = b""
    when: datetime | None = None
    name: Named = "a"
    factor: float = Field(default=1, gt=0, lt=5, allow_inf_nan=False)
    pairs: Annotated[int, AfterValidator(even)] = 0
    text: str = Field(default="", max_length=3)
    part: Literal["a", "b"] | Colour = "a"
    record: Annotated[
        Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=2)], AfterValidator(lambda given: given)
    ] = 0
    needed: int


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "needed: expected a value, it is missing"),
        ({"needed": "soon"}, "needed: expected a whole number, got 'soon'"),
        ({"needed": 1.5}, "needed: expected a whole number, got 1.5"),
        ({"needed": []}, "needed: expected a whole number"),
        ({"schema": 2}, "schema: expected 1 or less, got 2"),
        ({"one": 5}, "one: expected a table, got 5"),
        ({"one": {"kind": "high"}}, "one.kind: expected one of low, other, got 'high'"),
        ({"one": {}}, "one.kind: expected one of low, other"),
        ({"one": {"kind": "low", "at": "x"}}, "one.at: expected a whole number, got 'x'"),
        ({"one": {"kind": "other", "at": 3}}, "one.at: expected one of 1, 2, got 3"),
        ({"one": {"kind": "low", "att": 1}}, "one.att: there is no such key here; expected one of kind, at"),
        ({"many": {"low": {"kind": "low", "att": 1}}}, "many.low.att: there is no such key here; expected one of kind, at"),
        ({"many": {"A": {"kind": "low"}}}, "many.A: the name 'A': expected text such as pump or cgm, of the form [a-z]+"),
        ({"maybe": {"kind": "low", "at": None}}, "maybe.at: expected a whole number"),
        ({"maybe": {"kind": "low", "b": 1}}, "maybe.b: there is no such key here; expected one of kind, at"),
        ({"pair": [1]}, "pair.1: expected a value, it is missing"),
        ({"pair": [1, {"kind": "low", "b": 1}]}, "pair.1.b: there is no such key here; expected one of kind, at"),
        ({"pair": 3}, "pair: expected a list, got 3"),
        ({"colours": ["green"]}, "colours.0: expected one of red, blue, got 'green'"),
        ({"on": "perhaps"}, "on: expected true or false, got 'perhaps'"),
        ({"amount": True}, "amount: expected a number, got true"),
        ({"amount": "-1"}, "amount: expected 0 or more, got '-1'"),
        ({"amount": "nan"}, "amount: expected a finite number, got 'nan'"),
        ({"span": "5"}, "span: duration '5': expected a number with ms, s, m, h or d, such as 90s or 1.5h"),
        ({"octets": "0"}, "octets: octets '0': expected pairs of hexadecimal digits such as '06 00 78 00'"),
        ({"when": "noon"}, "when: expected a date and time such as 2007-01-01T00:00:00, got 'noon'"),
        ({"name": "A"}, "name: expected text such as pump or cgm, of the form [a-z]+, got 'A'"),
        ({"name": 4}, "name: expected text in quotes, got 4"),
        ({"factor": 0}, "factor: expected more than 0, got 0"),
        ({"factor": float("inf")}, "factor: expected a finite number, got inf"),
        ({"pairs": 3}, "pairs: expected an even number, got 3"),
        ({"text": "long" * 40}, "text: expected at most 3 characters, got '" + "long" * 18 + "lon..."),
        ({"part": "c"}, "part: expected one of a, b, got 'c'"),
        ({"record": -1}, "record: expected 0 or more, got -1"),
        ({"record": "a"}, "record: expected a whole number, got 'a'"),
        ({"need": 1}, "need: there is no such key here; expected one of needed, one, name or 15 others"),
        ({"need": 1, "needed": None}, "needed: expected a whole number"),
        (5, "expected a table, got 5"),
    ],
)
def test_a_problem_is_one_sentence(given: Any, sentence: str) -> None:
    plain = {"needed": 1, **given} if isinstance(given, dict) and given else given
    with pytest.raises(ValidationError) as error:
        File.model_validate(plain)
    made = first_problem(error.value, File)
    assert made == sentence or (sentence.endswith(",") and made.startswith(sentence))


class Crowded(Part):
    needed: int
    one: Literal[tuple(f"word-{number}" for number in range(40))] = "word-0"  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"neded": 1}, "neded: there is no such key here; expected one of needed, one"),
        ({"needed": 1, "one": "word-399"}, "one: expected one of word-39, "),
        (
            {"needed": 1, "one": "x"},
            "one: expected one of word-0, word-1, word-2, word-3, word-4, word-5 or 34 ",
        ),
    ],
)
def test_what_is_misspelt_is_answered_with_what_is_closest_to_it(given: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        Crowded.model_validate(given)
    assert first_problem(error.value, Crowded).startswith(sentence)
    assert len(first_problem(error.value, Crowded)) < 140


def test_a_missing_key_with_one_possible_value_is_answered_with_it() -> None:
    class Format(Part):
        schema_: int = Field(alias="schema", ge=3, le=3)

    with pytest.raises(ValidationError) as error:
        Format.model_validate({})
    assert first_problem(error.value, Format) == "schema: expected 3, it is missing"


def test_why_a_file_cannot_be_read_is_in_words_of_ours(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"ab\xff")
    said = {}
    for name in ("", "nowhere", "binary"):
        try:
            (tmp_path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said[name] = unreadable(error)
    assert said == {
        "": "expected a file, and it is a directory",
        "nowhere": "expected a file that can be read: no such file or directory",
        "binary": "expected text in UTF-8, and octet 2 is none",
    }


def test_json_that_is_none_is_said_so() -> None:
    with pytest.raises(ValidationError) as error:
        File.model_validate_json("{")
    assert first_problem(error.value, File) == "expected JSON"


def test_without_the_type_the_keys_are_those_of_the_location() -> None:
    with pytest.raises(ValidationError) as error:
        File.model_validate({"needed": 1, "maybe": {"kind": "low", "b": 1}})
    assert first_problem(error.value) == "maybe.b: there is no such key here"


@dataclass
class Entry:
    t: int
    low: Low | None = None


def test_a_dataclass_is_followed_like_a_table() -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(Entry).validate_python({"t": 1, "low": {"kind": "low", "b": 1}})
    assert first_problem(error.value, Entry) == "low.b: there is no such key here; expected one of kind, at"


NEVER = {
    # Of objects, calls and classes, which no file and no request has.
    "no_such_attribute", "needs_python_object", "frozen_field", "frozen_instance", "get_attribute_error",
    "dataclass_exact_type",
    "named_tuple_type", "default_factory_not_called", "iteration_error", "is_instance_of", "is_subclass_of", "callable_type",
    "arguments_type", "missing_argument", "unexpected_keyword_argument", "missing_keyword_only_argument",
    "unexpected_positional_argument", "missing_positional_only_argument", "multiple_argument_values", "ellipsis_error",
    "missing_sentinel_error", "set_item_not_hashable", "recursion_depth_exceeded",
    # Of types that no model here has.
    "frozen_dict_type", "ordered_dict_type", "counter_type", "deque_type", "url_type", "url_parsing", "url_syntax_violation",
    "url_too_long", "url_scheme", "uuid_type", "uuid_parsing", "uuid_version", "fraction_type", "fraction_parsing",
    "complex_type", "complex_str_parsing", "time_delta_type", "time_delta_parsing", "date_past", "date_future",
    "datetime_past", "datetime_future", "timezone_offset",
}  # fmt: skip
WORDED = {"value_error", "assertion_error", "extra_forbidden", "union_tag_invalid", "union_tag_not_found"}


@pytest.mark.parametrize("kind", sorted(set(typing.get_args(core_schema.ErrorType)) - NEVER - WORDED))
def test_every_type_of_problem_has_words_of_ours(kind: str) -> None:
    known = dict.fromkeys(
        ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "max_digits", "decimal_places", "whole_digits"), 1
    )
    context = {**known, "actual_length": 2, "expected": "'a' or 'b'", "field_type": "List", "error": "x", "class_name": "X"}
    context["pattern"] = "[a-z]"
    sentence = EXPECTED[kind].format(**context)
    assert sentence.startswith("expected")
    assert "Input" not in sentence


@pytest.mark.parametrize(
    ("parse", "text", "sentence"),
    [
        (tomllib.loads, "a = ", "not valid TOML at its end"),
        (tomllib.loads, "a = 1\nb = [1,", "not valid TOML at its end"),
        (tomllib.loads, "[a]\n[a]", "not valid TOML at line 2, column 3"),
        (tomllib.loads, "a = " + "9" * 5_000, "expected whole numbers of fewer digits"),
        (tomllib.loads, "a = " + "[" * 5_000, "expected lists and tables that are nested less deeply"),
        (json.loads, '{"a": 1,\n b}', "not valid JSON at line 2, column 2"),
        (json.loads, "9" * 5_000, "expected whole numbers of fewer digits"),
        (json.loads, "[" * 100_000, "expected lists and tables that are nested less deeply"),
    ],
)
def test_text_that_cannot_be_parsed_is_said_without_the_words_of_a_parser(
    parse: Callable[[str], Any], text: str, sentence: str
) -> None:
    with pytest.raises((ValueError, RecursionError)) as refused:
        parse(text)
    assert isinstance(refused.value, ValueError | RecursionError)
    assert not_parsed("TOML" if parse is tomllib.loads else "JSON", refused.value) == sentence
