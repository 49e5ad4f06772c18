"""SVG as text: elements with escaped attributes, numbers without needless digits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple, TypeAlias

Value: TypeAlias = str | float
Point: TypeAlias = tuple[float, float]


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def element(name: str, *content: str, **attributes: Value) -> str:
    """An element; ``class_`` is the attribute ``class``, and ``_`` in a name is ``-``."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{words}>{''.join(content)}</{name}>" if content else f"<{name}{words}/>"


def text(words: str, x: float, y: float, *classes: str, **attributes: Value) -> str:
    """A line of text at a place."""
    return element("text", escape(words), x=x, y=y, **({"class_": " ".join(classes)} if classes else {}), **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("path", d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", class_=class_)


class Box(NamedTuple):
    """A place and a size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


def rectangle(box: Box, class_: str, title: str = "", *, rx: float = 0.0) -> str:
    """A filled rectangle; ``title`` is shown by pointing at it."""
    rounded = {"rx": rx} if rx else {}
    content = [element("title", escape(title))] if title else []
    width, height = max(0.0, box.width), max(0.0, box.height)
    return element("rect", *content, x=box.x, y=box.y, width=width, height=height, class_=class_, **rounded)


def path(points: Iterable[Point], class_: str, *, closed: bool = False) -> str:
    """A line through points."""
    found = _coordinates(points)
    return element("path", d=f"M{found}{'Z' if closed else ''}", class_=class_) if found else ""


def paths(pieces: Iterable[Sequence[Point]], class_: str) -> str:
    """Lines through several runs of points, as one element; a single point becomes a dot."""
    drawn = [f"M{_coordinates(piece if len(piece) > 1 else (piece[0], piece[0]))}" for piece in pieces if piece]
    return element("path", d="".join(drawn), class_=class_) if drawn else ""


def _coordinates(points: Iterable[Point]) -> str:
    return "L".join(f"{number(x)} {number(y)}" for x, y in points)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of a size, without colours."""

    width: float
    height: float
    content: str
    label: str
    """What it shows, for those who cannot see it."""

    def inline(self, *classes: str) -> str:
        """It as part of a page, which has the rules for its classes."""
        return element(
            "svg",
            self.content,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            role="img",
            aria_label=self.label,
            **({"class_": " ".join(classes)} if classes else {}),
        )

    def alone(self, rules: str) -> str:
        """It as a file of its own, with its rules."""
        return element(
            "svg",
            element("title", escape(self.label)),
            f"<style>{rules}</style>",
            rectangle(Box(0, 0, self.width, self.height), "surface"),
            self.content,
            xmlns="http://www.w3.org/2000/svg",
            width=self.width,
            height=self.height,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
        )


def moved(content: str, x: float, y: float) -> str:
    """A drawing at another place."""
    return element("g", content, transform=f"translate({number(x)} {number(y)})")
