"""Conditions: how a transport behaves, declared once with ranges, units and meaning; and changes to them.

A transport declares its conditions. A rig has them as a table, a fault and the control API have their changes: those declare
no field of their own, so that a new condition appears in all of them.
"""

from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import ValidationError

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.problems import first_problem, worded_here


class Conditions(Part):
    """How a transport behaves. The defaults are an ideal transport: nothing is lost, late or altered.

    Raises ``ValueError``, naming the field and its range.
    """

    if not TYPE_CHECKING:  # a signature here would hide the fields from the type checker

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                if not worded_here(error):
                    raise  # pydantic's own error, which names the path to the key in a file
                raise ValueError(first_problem(error, type(self))) from None

    def changed(self, **changes: Any) -> Self:
        """Return these conditions with other values in some fields. Raises ``ValueError`` for an unknown field or a value
        outside its range."""
        known = type(self).model_fields
        if unknown := changes.keys() - known.keys():
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(known)}")
        return type(self)(**{name: getattr(self, name) for name in known} | changes)


class Changes(Part):
    """New values for some fields of conditions: ``class RadioChange(Changes, of=RadioConditions)`` has every field of
    ``RadioConditions``, each None for a value that stays as it is."""

    changed_type: ClassVar[type[Conditions] | None] = None
    """The conditions that it changes."""

    def __init_subclass__(cls, *, of: type[Conditions] | None = None, **kwargs: Any) -> None:
        if of is not None:
            added = {name: field.rebuild_annotation() | None for name, field in of.model_fields.items()}
            cls.__annotations__ = {**added, **get_annotations(cls)}
            cls.changed_type = of
            for name in of.model_fields:
                setattr(cls, name, None)
        super().__init_subclass__(**kwargs)

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """What its fields mean: what those of the conditions mean."""
        return (cls.changed_type.descriptions() if cls.changed_type else {}) | super().descriptions()

    def given(self, of: type[Conditions]) -> dict[str, Any]:
        """The values that are given, by the name of the field of the conditions."""
        return {name: value for name in of.model_fields if (value := getattr(self, name)) is not None}
