"""Tables of the keys of a file format, made from its JSON Schema, with examples from the files of the package."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isletbench.emulator.core.quantities import shown

Schema = Mapping[str, Any]
LONGEST = 60
"""How long a default or an example may be in a table, characters."""


class Format:
    """A format by its schema; ``examples`` are files of it, as plain data. ``elsewhere`` has what is described on another page,
    each definition with a link."""

    def __init__(self, schema: Schema, examples: Iterable[Any], elsewhere: Mapping[str, str] | None = None) -> None:
        self.schema = schema
        self.elsewhere = elsewhere or {}
        self.defs: Mapping[str, Schema] = schema.get("$defs", {})
        self.found: dict[tuple[str, str], Any] = {}
        for example in examples:
            self._walk(schema, "", example)

    def resolved(self, schema: Schema) -> tuple[str, Schema]:
        """A schema and the name of its definition, with a reference followed."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return (name, self.defs[name]) if name in self.defs else ("", schema)

    def choices(self, schema: Schema) -> Iterator[tuple[str, Schema]]:
        """The schemas that a value may have, each with the name of its definition."""
        name, schema = self.resolved(schema)
        inner = schema.get("anyOf") or schema.get("oneOf")
        if inner is None:
            yield name, schema
        for one in inner or ():
            yield from self.choices(one)

    def _walk(self, schema: Schema, name: str, data: Any) -> None:
        """Note the first value of every key."""
        if isinstance(data, list):
            for one in data:
                for _, choice in self.choices(schema):
                    self._walk(choice.get("items", {}), name, one)
        if not isinstance(data, dict):
            return
        for called, choice in self.choices(schema):
            properties = choice.get("properties", {})
            if inner := values_of(choice):
                for one in data.values():
                    self._walk(inner, "", one)
            constants = {key: one["const"] for key, one in properties.items() if "const" in one}
            if not properties or any(data.get(key) not in {value, None} for key, value in constants.items()):
                continue
            if not set(data) <= set(properties):
                continue
            for key, value in data.items():
                self.found.setdefault((called or name, key), value)
                self._walk(properties[key], "", value)

    # Words

    def words(self, schema: Schema) -> str:
        """The type of a value in words."""
        return " or ".join(dict.fromkeys(self._word(name, one) for name, one in self.choices(schema)))

    def _word(self, name: str, schema: Schema) -> str:
        if name in self.elsewhere:
            return self.elsewhere[name]
        if name and "properties" in schema:
            return f"[{name}](#{name.lower()})"
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
        match schema.get("type"):
            case "array":
                return f"list of {self.words(schema.get('items', {}))}"
            case "object":
                inner = values_of(schema)
                return f"table of {self.words(inner)}" if inner else "table"
            case "null":
                return "nothing"
            case str(kind):
                return {"integer": "whole number", "string": "text", "boolean": "true or false"}.get(kind, kind)
            case _:
                return "anything"

    def table(self, name: str, schema: Schema, *, leave_out: Iterable[str] = ()) -> str:
        """The keys of one definition."""
        rows = ["| key | value | default | example | meaning |", "|---|---|---|---|---|"]
        required = set(schema.get("required", ()))
        for key, one in schema.get("properties", {}).items():
            if key in leave_out:
                continue
            _, followed = self.resolved(one)
            about = one.get("description") or ("" if "properties" in followed else followed.get("description", ""))
            is_span = isinstance(one.get("default"), int) and self.words(one).startswith(("text", "whole number or text"))
            default = "required" if key in required else shown(one["default"]) if is_span else _shown(one.get("default"))
            example = _shown(self.found.get((name, key)))
            rows.append(f"| `{key}` | {self.words(one)} | {default} | {example} | {cell(about)} |")
        return "\n".join(rows)


def values_of(schema: Schema) -> Schema:
    """The schema of the values of a table whose keys are names; empty where it is no such table."""
    inner: Any = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), {})
    return inner if isinstance(inner, dict) else {}


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return f"`{text}`" if len(text) <= LONGEST and "`" not in text else "..."


def cell(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())
