"""Pictures of a wiring: in characters for a terminal, as SVG for a page. Both show the same, and the warnings below."""

from html import escape

from isletbench.emulator.rigs.wiring import Strand, Wiring

# Text

SPAN = 21
"""Characters between two parts."""


def as_text(wiring: Wiring) -> str:
    """The picture in characters, with the warnings below."""
    gaps, names = wiring.gaps(), list(wiring.parts)
    rows = max(len(gap) for gap in gaps)
    width = 2 + max(len(pin) for part in wiring.parts.values() for pin in part.pins)
    boxes = [2 * width + 1 if 0 < place < len(names) - 1 else width + 1 for place in range(len(names))]
    legend = [f"{name}: {part.title}, {wiring.levels(name)}" for name, part in wiring.parts.items()]
    lines = [
        (" " * SPAN).join(name.center(box + 2) for name, box in zip(names, boxes, strict=True)),
        (" " * SPAN).join("┌" + "─" * box + "┐" for box in boxes),
    ]
    for row in range(rows):
        strands = [gap[row] if row < len(gap) else None for gap in gaps]
        line = ""
        for place, box in enumerate(boxes):
            before = strands[place - 1] if place else None
            after = strands[place] if place < len(strands) else None
            left = f" {before.right}" if before else ""
            right = f"{after.left} " if after else ""
            line += ("┤" if before else "│") + left + right.rjust(box - len(left)) + ("├" if after else "│")
            if place < len(strands):
                line += _strand(after)
        why = [strand.wire.why for strand in strands if strand and strand.wire.why]
        why += ["optional"] if any(strand and strand.wire.optional for strand in strands) else []
        lines.append(line + ("  " + "; ".join(why) if why else ""))
    lines.append((" " * SPAN).join("└" + "─" * box + "┘" for box in boxes))
    warnings = [f"! {warning}" for warning in wiring.warnings()]
    return "\n".join(line.rstrip() for line in [*lines, "", *legend, "", *warnings])


def _strand(strand: Strand | None) -> str:
    if strand is None:
        return " " * SPAN
    line = ("┄" if strand.wire.optional else "─") * (SPAN - 2)
    ends = {"right": ("─", "▶"), "left": ("◀", "─"), "none": ("─", "─")}[strand.way]
    return ends[0] + line + ends[1]


# SVG

PART_WIDTH, GAP_WIDTH, ROW, MARGIN = 190, 230, 30, 20
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="13" role="img"'
LINE = 20
"""Height of a line of text."""
HEADING = 15
"""Height of a line above the pins."""
LETTER = 7
"""Width of a letter of a warning, as wide as it can get on average."""


def as_svg(wiring: Wiring, title: str) -> str:
    """The picture for a page: one file, no scripts, readable on a white ground whatever the page's is."""
    gaps, names = wiring.gaps(), list(wiring.parts)
    rows = max(len(gap) for gap in gaps)
    width = 2 * MARGIN + PART_WIDTH * len(names) + GAP_WIDTH * len(gaps)
    headings = {
        name: [name, *_broken(part.title, PART_WIDTH // LETTER), wiring.levels(name)] for name, part in wiring.parts.items()
    }
    top = MARGIN + HEADING * max(map(len, headings.values()))
    body = top + ROW * rows
    warnings = [line for warning in wiring.warnings() for line in _broken(f"! {warning}", (width - 2 * MARGIN) // LETTER)]
    height = body + 2 * MARGIN + LINE * len(warnings)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {FONT}>',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(' '.join(wiring.warnings()))}</desc>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, name in enumerate(names):
        drawn += _box(headings[name], MARGIN + place * (PART_WIDTH + GAP_WIDTH), body)
    for place, gap in enumerate(gaps):
        left = MARGIN + PART_WIDTH + place * (PART_WIDTH + GAP_WIDTH)
        for row, strand in enumerate(gap):
            drawn += _line(strand, left, top + ROW * row + ROW // 2)
    for number, line in enumerate(warnings):
        below = body + MARGIN + LINE * (number + 1)
        drawn.append(f'<text x="{MARGIN}" y="{below}" font-size="12" fill="#b71c1c">{escape(line)}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def _box(lines: list[str], left: int, body: int) -> list[str]:
    middle = left + PART_WIDTH // 2
    style = ('font-weight="bold"', *('font-size="11"' for _ in lines[1:]))
    size = f'width="{PART_WIDTH}" height="{body - MARGIN // 2}"'
    drawn = [f'<rect x="{left}" y="{MARGIN // 2}" {size} rx="8" fill="#f5f5f5" stroke="#555555"/>']
    drawn += [
        f'<text x="{middle}" y="{MARGIN + 8 + HEADING * number}" text-anchor="middle" {style[number]}>{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return drawn


def _line(strand: Strand, left: int, height: int) -> list[str]:
    right, dashes = left + GAP_WIDTH, ' stroke-dasharray="6 4"' if strand.wire.optional else ""
    drawn = [
        f'<text x="{left - 10}" y="{height + 5}" text-anchor="end">{escape(strand.left)}</text>',
        f'<text x="{right + 10}" y="{height + 5}">{escape(strand.right)}</text>',
        f'<line x1="{left}" y1="{height}" x2="{right}" y2="{height}" stroke="{strand.colour}" stroke-width="2"{dashes}/>',
    ]
    tip, back = {"right": (right, right - 10), "left": (left, left + 10), "none": (0, 0)}[strand.way]
    if tip:
        points = f"{tip},{height} {back},{height - 5} {back},{height + 5}"
        drawn.append(f'<polygon points="{points}" fill="{strand.colour}"/>')
    why = "; ".join(filter(None, [strand.wire.why, "optional" if strand.wire.optional else ""]))
    if why:
        middle = (left + right) // 2
        drawn.append(
            f'<text x="{middle}" y="{height - 5}" text-anchor="middle" font-size="10" fill="#555555">{escape(why)}</text>'
        )
    return drawn


def _broken(text: str, letters: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
