"""What is wrong with data that people write, as one sentence: the key, what was expected, what was given.

pydantic finds the problem and its location. The sentence is ours: it has the keys that the file has, and what else could have
been written there.
"""

import difflib
import json
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from isletbench.emulator.core.parsed import Unsuitable
from isletbench.emulator.core.quantities import shown

Location: TypeAlias = Sequence[int | str]
"""The location of a problem: keys and list indices from the root."""


class Problems(Protocol):
    """The errors of a validation: pydantic's ``ValidationError``, FastAPI's ``RequestValidationError``."""

    def errors(self) -> Sequence[Any]:
        """Return every problem in pydantic's format."""


EXPECTED: Mapping[str, str] = {
    "missing": "expected a value, it is missing",
    "none_required": "expected nothing",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected {le} or less",
    "multiple_of": "expected a multiple of {multiple_of}",
    "finite_number": "expected a finite number",
    "too_short": "expected {min_length} or more of them",
    "too_long": "expected at most {max_length} of them",
    "iterable_type": "expected a list",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "set_type": "expected a list",
    "frozen_set_type": "expected a list",
    "dict_type": "expected a table",
    "mapping_type": "expected a table",
    "model_type": "expected a table",
    "model_attributes_type": "expected a table",
    "dataclass_type": "expected a table",
    "string_type": "expected text in quotes",
    "string_unicode": "expected text in UTF-8",
    "string_not_ascii": "expected text in ASCII",
    "string_too_short": "expected {min_length} or more characters",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "expected text of the form {pattern}",
    "enum": "expected one of {expected}",
    "literal_error": "expected one of {expected}",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a whole number of fewer digits",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "decimal_type": "expected a number",
    "decimal_parsing": "expected a number",
    "decimal_max_digits": "expected at most {max_digits} digits",
    "decimal_max_places": "expected at most {decimal_places} decimal places",
    "decimal_whole_digits": "expected at most {whole_digits} digits before the point",
    "bytes_type": "expected octets",
    "bytes_too_short": "expected at least {min_length} octets",
    "bytes_too_long": "expected at most {max_length} octets",
    "bytes_invalid_encoding": "expected pairs of hexadecimal digits",
    "date_type": "expected a date such as 2007-01-01",
    "date_parsing": "expected a date such as 2007-01-01",
    "date_from_datetime_parsing": "expected a date such as 2007-01-01",
    "date_from_datetime_inexact": "expected a date without a time",
    "time_type": "expected a time of day such as 07:00:00",
    "time_parsing": "expected a time of day such as 07:00:00",
    "datetime_type": "expected a date and time such as 2007-01-01T00:00:00",
    "datetime_parsing": "expected a date and time such as 2007-01-01T00:00:00",
    "datetime_object_invalid": "expected a date and time such as 2007-01-01T00:00:00",
    "datetime_from_date_parsing": "expected a date and time such as 2007-01-01T00:00:00",
    "timezone_naive": "expected a date and time without a zone",
    "timezone_aware": "expected a date and time with a zone, such as 2007-01-01T00:00:00Z",
    "json_invalid": "expected JSON",
    "json_type": "expected JSON as text",
    "recursion_loop": "expected no value that contains itself",
    "invalid_key": "expected keys that are text",
}
"""What was expected, by pydantic's type of problem; its context fills in the numbers."""

SPAN = r"-?\d+(\.\d+)?(ms|s|m|h|d)"
"""A duration as text."""

MOST_NAMED, CLOSEST = 16, 6
"""How many words a sentence lists; of more it names so many that are closest to what was given."""

GIVEN_AS_TEXT = (str, int, float, bool)
"""Values that are short enough to be repeated in a sentence."""


def words_for(known: Iterable[str], given: str) -> str:
    """Return the words that could have been written, as a sentence lists them: all, or the closest ones of many."""
    words = list(known)
    if len(words) <= MOST_NAMED:
        return ", ".join(words)
    close = difflib.get_close_matches(given, words, CLOSEST, cutoff=0.5) or words[:CLOSEST]
    return f"{', '.join(close)} or {len(words) - len(close)} others"


def worded_here(error: Problems) -> bool:
    """Whether each of the problems is in words of our own: a ``ValueError`` of a validator."""
    return all(problem["type"] == "value_error" for problem in error.errors())


def first_problem(error: Problems, root: Any = None, *, skipped: int = 0, under: str = "") -> str:
    """Return the first problem as one sentence: ``key: what was expected, got what``.

    ``root`` is the type that was validated against. With it, a key that is not known is answered with those that are, and the
    alternative of a union that pydantic puts into a location, though no file has such a key, is left out. The first
    ``skipped`` steps of a location do not belong to the data: FastAPI's ``body`` and ``query``. ``under`` is the key at which
    what was validated is in its file.
    """
    problem = _plainest(error.errors())
    location = problem["loc"][skipped:] if problem["type"] != "json_invalid" else ()
    keys, there, last = _followed(root, location)
    sentence = _sentence(problem, there)
    if problem["type"] in ("union_tag_invalid", "union_tag_not_found"):
        keys = [*keys, problem["ctx"]["discriminator"].strip("'")]
    given = problem["ctx"]["tag"] if problem["type"] == "union_tag_invalid" else problem.get("input")
    if problem["type"] in ("missing", "union_tag_not_found", "json_invalid"):
        given = None
    if problem["type"] == "extra_forbidden":
        _, there, _ = _followed(root, location[:-1])
        if meant := getattr(there, "meant", {}).get(last):
            sentence = f"there is no such key here: expected {meant.format(given=problem['input'])}"
        else:
            known = words_for(_keys(there), str(last))
            sentence = f"there is no such key here{'; expected one of ' + known if known else ''}"
        given = None
    value = _shown(given)
    said = problem["type"] in ("value_error", "assertion_error") and (value in sentence or ", got " in sentence)
    got = f", got {value}" if value and not said else ""
    what = f"the name {value}: " if last == "[key]" else ""
    got = "" if what else got
    path = [key or "''" for key in keys]
    key = ".".join([under, *path] if under else path)
    return f"{key}: {what}{sentence}{got}" if key else f"{what}{sentence}{got}"


def _plainest(problems: Sequence[Any]) -> Any:
    """The first problem; where a key is missing and the same table has one that is not known, that one: it is misspelt."""
    first = problems[0]
    if first["type"] == "missing":
        beside = (one for one in problems if one["type"] == "extra_forbidden" and one["loc"][:-1] == first["loc"][:-1])
        return next(beside, first)
    return first


def _sentence(problem: Mapping[str, Any], there: Any) -> str:
    """What was expected where the problem is."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(problem["msg"].partition(", ")[2])
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = context.get("expected_tags", "").replace("'", "")
        tags = given.split(", ") if given else [str(tag) for tag in _tags(there, context["discriminator"].strip("'"))]
        return f"expected one of {words_for(tags, str(context.get('tag', '')))}" if tags else EXPECTED["missing"]
    if kind == "string_pattern_mismatch":
        context = {"pattern": context["pattern"].removeprefix("^").removesuffix("$")}
        if known := _examples(there):
            return f"expected text such as {known}, of the form {context['pattern']}"
    if kind == "missing" and (only := _only_value(there)):
        return f"expected {only}, it is missing"
    if kind in ("literal_error", "enum"):
        words = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return f"expected {'one of ' if len(words) > 1 else ''}{words_for(words, str(problem.get('input')))}"
    span = isinstance(problem.get("input"), str) and re.fullmatch(SPAN, problem["input"])
    numbers = {name: _number(value, span=bool(span)) for name, value in context.items()}
    return EXPECTED[kind].format(**numbers) if kind in EXPECTED else "expected another value"


def _only_value(there: Any) -> str:
    """The one value that a number may have, by its range; nothing where there are several."""
    notes = there.metadata if isinstance(there, FieldInfo) else ()
    low = {note.ge for note in notes if getattr(note, "ge", None) is not None}
    high = {note.le for note in notes if getattr(note, "le", None) is not None}
    return str(*low) if len(low) == 1 and low == high else ""


def _number(value: Any, *, span: bool) -> str:
    """A number of a range as people write it: without a useless fraction; a duration with its unit."""
    if span and isinstance(value, int):
        return shown(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shown(given: Any) -> str:
    """A value as a person has written it, if it is short; else nothing."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, GIVEN_AS_TEXT):
        text = repr(given)
        return text if len(text) <= 80 else text[:76] + "..."
    return ""


def _followed(root: Any, location: Location) -> tuple[list[str], Any, int | str | None]:
    """The keys of a location as a file has them, the type at its end (None if not known), and its last step."""
    keys: list[str] = []
    there = root
    for index, step in enumerate(location):
        if step == "[key]":
            continue
        if location[index + 1 : index + 2] == ("[key]",):
            keys.append(str(step))
            there = typing.get_args(_plain(there)[0])[0] if typing.get_args(_plain(there)[0]) else None
            continue
        members = _members(there)
        if len(members) > 1:
            if (chosen := _alternative(there, members, step)) is not None:
                there = chosen
                continue
            there = next((member for member in members if _inside(member, step) is not None), None)
        elif members:
            (there,) = members
        keys.append(str(step))
        there = _inside(there, step)
    return keys, there, location[-1] if location else None


def _plain(there: Any) -> tuple[Any, str | None]:
    """A type without its annotations, and the key that selects an alternative of it."""
    discriminator = None
    if isinstance(there, FieldInfo):
        discriminator, there = there.discriminator, there.annotation
    while typing.get_origin(there) is Annotated:
        there, *notes = typing.get_args(there)
        for note in notes:
            discriminator = getattr(note, "discriminator", None) or discriminator
    return there, discriminator if isinstance(discriminator, str) else None


def _members(there: Any) -> list[Any]:
    """The alternatives of a type, None left out; a type that is no union is its own."""
    plain, _ = _plain(there)
    if typing.get_origin(plain) in (types.UnionType, typing.Union):
        inner = [member for member in typing.get_args(plain) if member is not types.NoneType]
        return _members(inner[0]) if len(inner) == 1 else inner
    return [] if there is None else [there]


def _alternative(there: Any, members: Sequence[Any], step: int | str) -> Any:
    """The alternative that a step of a location names; None when the step is a key."""
    _, discriminator = _plain(there)
    for member in members:
        plain, _ = _plain(member)
        if discriminator is not None and step in _constants(plain, discriminator):
            return member
        if discriminator is None and isinstance(step, str) and step.startswith((*_labels(plain), "function-")):
            return member
    return None


def _labels(plain: Any) -> tuple[str, str, str]:
    """How pydantic may call an alternative of a union in a location: ``Low``, ``literal['a']``, ``constrained-int``."""
    name = str(getattr(typing.get_origin(plain) or plain, "__name__", plain))
    return name, f"{name.lower()}[", f"constrained-{name}"


def _constants(model: Any, key: str) -> tuple[Any, ...]:
    """The values that a model allows for the key that selects it."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return ()
    field = model.model_fields.get(key)
    if field is None or typing.get_origin(field.annotation) is not Literal:
        return ()
    return tuple(value.value if isinstance(value, Enum) else value for value in typing.get_args(field.annotation))


def _tags(there: Any, key: str) -> Iterator[Any]:
    for member in _members(there):
        yield from _constants(_plain(member)[0], key)


def _inside(there: Any, step: int | str) -> Any:
    """The type of what a key or an index leads to; None when it is not known."""
    plain, _ = _plain(there)
    if isinstance(plain, type) and issubclass(plain, BaseModel):
        return next((field for name, field in plain.model_fields.items() if step in (name, field.alias)), None)
    if is_dataclass(plain) and isinstance(plain, type):
        return typing.get_type_hints(plain, include_extras=True).get(str(step))
    arguments = typing.get_args(plain)
    origin = typing.get_origin(plain)
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
        return arguments[1]
    if isinstance(origin, type) and issubclass(origin, Sequence | set | frozenset) and arguments:
        fixed = origin is tuple and arguments[-1] is not Ellipsis
        return arguments[int(step)] if fixed and isinstance(step, int) and step < len(arguments) else arguments[0]
    return None


def _keys(there: Any) -> Sequence[str]:
    """The keys of a table, as a file has them; none when they are not known."""
    for member in _members(there):
        plain, _ = _plain(member)
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            return [field.alias or name for name, field in plain.model_fields.items()]
    return ()


def _examples(there: Any) -> str:
    """Examples of a text of a certain form, of whichever alternative has some."""
    if isinstance(there, FieldInfo) and there.examples:
        return " or ".join(there.examples)
    notes: tuple[Any, ...] = ()
    plain = there.annotation if isinstance(there, FieldInfo) else there
    while typing.get_origin(plain) is Annotated:
        plain, *more = typing.get_args(plain)
        notes = (*notes, *more)
    if found := [example for note in notes for example in getattr(note, "examples", None) or ()]:
        return " or ".join(found)
    is_union = typing.get_origin(plain) in (types.UnionType, typing.Union)
    return next(filter(None, map(_examples, typing.get_args(plain) if is_union else ())), "")


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return why a file of text cannot be read, and what was expected."""
    if isinstance(error, UnicodeDecodeError):
        return f"expected text in UTF-8, and octet {error.start} is none"
    if isinstance(error, IsADirectoryError):
        return "expected a file, and it is a directory"
    return f"expected a file that can be read: {(error.strerror or str(error)).lower()}"


def not_parsed(form: str, error: ValueError | RecursionError) -> str:
    """Return why text is not of a form, ``TOML`` or ``JSON``, by what its parser has raised: where it ends to be that."""
    if isinstance(error, Unsuitable):
        return str(error)
    if isinstance(error, RecursionError):
        return "expected lists and tables that are nested less deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"not valid {form} at line {error.lineno}, column {error.colno}"
    if isinstance(error, tomllib.TOMLDecodeError):
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        return f"not valid {form}{' at ' + place[1].replace('end of document', 'its end') if place else ''}"
    return "expected whole numbers of fewer digits"
