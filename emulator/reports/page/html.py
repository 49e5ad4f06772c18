"""HTML as text."""

from collections.abc import Iterable
from html import escape

__all__ = ["cells", "document", "escape", "section", "table", "tag"]


def tag(name: str, *content: str, **attributes: str) -> str:
    """An element; ``class_`` is the attribute ``class``, and ``_`` in a name is ``-``. The content is HTML already."""
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{words}>{''.join(content)}</{name}>"


def section(name: str, title: str, *content: str) -> str:
    """A section of the page, which has a heading and can be linked to."""
    return tag("section", tag("h2", escape(title)), *content, id=name)


def cells(row: Iterable[str], kind: str = "td") -> str:
    """A row of a table. The first cell says what the row is about."""
    first, *others = row
    return f'<tr><th scope="row">{first}</th>{"".join(f"<{kind}>{cell}</{kind}>" for cell in others)}</tr>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]], class_: str = "") -> str:
    """A table that scrolls sideways where it does not fit."""
    heads = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    body = "".join(cells(row) for row in rows)
    return f'<div class="wide"><table class="{class_}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def document(title: str, policy: str, style: str, body: str) -> str:
    """A whole page; ``policy`` says what a browser may load for it."""
    head = (
        '<meta charset="utf-8">',
        '<meta name="generator" content="isletbench">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}\n</style>",
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{"".join(head)}</head><body>\n{body}\n</body></html>\n'
