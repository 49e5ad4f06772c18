"""Pictures of a wiring: as text for a terminal and as SVG for a page, both with the warnings."""

from html import escape

from isletbench.emulator.rigs.wiring import DrawnWire, Wiring

# Text

SPAN = 21
"""Characters between two parts."""


def as_text(wiring: Wiring) -> str:
    """Return the picture as text, followed by the warnings."""
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
        drawn_wires = [gap[row] if row < len(gap) else None for gap in gaps]
        line = ""
        for place, box in enumerate(boxes):
            before = drawn_wires[place - 1] if place else None
            after = drawn_wires[place] if place < len(drawn_wires) else None
            left = f" {before.right}" if before else ""
            right = f"{after.left} " if after else ""
            line += ("┤" if before else "│") + left + right.rjust(box - len(left)) + ("├" if after else "│")
            if place < len(drawn_wires):
                line += _wire_text(after)
        why = [drawn_wire.wire.why for drawn_wire in drawn_wires if drawn_wire and drawn_wire.wire.why]
        why += ["optional"] if any(drawn_wire and drawn_wire.wire.optional for drawn_wire in drawn_wires) else []
        lines.append(line + ("  " + "; ".join(why) if why else ""))
    lines.append((" " * SPAN).join("└" + "─" * box + "┘" for box in boxes))
    warnings = [f"! {warning}" for warning in wiring.warnings()]
    return "\n".join(line.rstrip() for line in [*lines, "", *legend, "", *warnings])


def _wire_text(drawn_wire: DrawnWire | None) -> str:
    if drawn_wire is None:
        return " " * SPAN
    line = ("┄" if drawn_wire.wire.optional else "─") * (SPAN - 2)
    ends = {"right": ("─", "▶"), "left": ("◀", "─"), "none": ("─", "─")}[drawn_wire.way]
    return ends[0] + line + ends[1]


# SVG

PART_WIDTH, GAP_WIDTH, ROW, MARGIN = 190, 230, 30, 20
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="13" role="img"'
LINE = 20
"""Height of a line of text."""
HEADING = 15
"""Height of a line above the pins."""
LETTER = 7
"""Greatest average width of a letter of a warning."""


def as_svg(wiring: Wiring, title: str) -> str:
    """Return the picture as one SVG file without scripts, on a white background."""
    gaps, names = wiring.gaps(), list(wiring.parts)
    rows = max(len(gap) for gap in gaps)
    width = 2 * MARGIN + PART_WIDTH * len(names) + GAP_WIDTH * len(gaps)
    headings = {
        name: [name, *_wrapped(part.title, PART_WIDTH // LETTER), wiring.levels(name)] for name, part in wiring.parts.items()
    }
    top = MARGIN + HEADING * max(map(len, headings.values()))
    body = top + ROW * rows
    warnings = [line for warning in wiring.warnings() for line in _wrapped(f"! {warning}", (width - 2 * MARGIN) // LETTER)]
    height = body + 2 * MARGIN + LINE * len(warnings)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {FONT}>',
        "<!-- isletbench rigs -->",
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(' '.join(wiring.warnings()))}</desc>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for place, name in enumerate(names):
        drawn += _box(headings[name], MARGIN + place * (PART_WIDTH + GAP_WIDTH), body)
    for place, gap in enumerate(gaps):
        left = MARGIN + PART_WIDTH + place * (PART_WIDTH + GAP_WIDTH)
        for row, drawn_wire in enumerate(gap):
            drawn += _line(drawn_wire, left, top + ROW * row + ROW // 2)
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


def _line(drawn_wire: DrawnWire, left: int, height: int) -> list[str]:
    right, dashes = left + GAP_WIDTH, ' stroke-dasharray="6 4"' if drawn_wire.wire.optional else ""
    drawn = [
        f'<text x="{left - 10}" y="{height + 5}" text-anchor="end">{escape(drawn_wire.left)}</text>',
        f'<text x="{right + 10}" y="{height + 5}">{escape(drawn_wire.right)}</text>',
        f'<line x1="{left}" y1="{height}" x2="{right}" y2="{height}" stroke="{drawn_wire.colour}" stroke-width="2"{dashes}/>',
    ]
    tip, back = {"right": (right, right - 10), "left": (left, left + 10), "none": (0, 0)}[drawn_wire.way]
    if tip:
        points = f"{tip},{height} {back},{height - 5} {back},{height + 5}"
        drawn.append(f'<polygon points="{points}" fill="{drawn_wire.colour}"/>')
    why = "; ".join(filter(None, [drawn_wire.wire.why, "optional" if drawn_wire.wire.optional else ""]))
    if why:
        middle = (left + right) // 2
        drawn.append(
            f'<text x="{middle}" y="{height - 5}" text-anchor="middle" font-size="10" fill="#555555">{escape(why)}</text>'
        )
    return drawn


def _wrapped(text: str, letters: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
