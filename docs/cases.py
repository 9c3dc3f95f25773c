"""Draws the states of a case from the one table of steps, as the reference shows them: `python docs/cases.py`."""

from __future__ import annotations

import html
from pathlib import Path

from npscore.loop.transitions import ALWAYS, TRANSITIONS

PICTURE = Path(__file__).parent / "_static" / "case-states.svg"

WIDTH, HEIGHT, WIDE, HIGH = 1180, 470, 96, 36  # of the picture, and half of a box

# Where the boxes stand.
PLACES = {
    "open": (230, 230),
    "snoozed": (570, 110),
    "contacted": (570, 350),
    "resolved": (890, 230),
    "closed": (1070, 350),
}

# The path of each arrow, and where its words stand.
PATHS: dict[tuple[str | None, str], tuple[str, int, int]] = {
    (None, "open"): ("M 44 230 H 128", 86, 218),
    ("open", "snoozed"): ("M 230 194 V 110 H 468", 350, 98),
    ("open", "contacted"): ("M 230 266 V 350 H 468", 350, 370),
    ("open", "resolved"): ("M 326 230 H 788", 430, 218),
    ("snoozed", "contacted"): ("M 540 146 V 308", 540, 186),
    ("contacted", "snoozed"): ("M 600 314 V 152", 600, 286),
    ("snoozed", "resolved"): ("M 666 110 H 850 V 188", 758, 98),
    ("contacted", "resolved"): ("M 666 350 H 850 V 272", 758, 370),
    ("resolved", "open"): ("M 910 194 V 40 H 180 V 188", 570, 28),
    ("resolved", "closed"): ("M 986 230 H 1070 V 308", 1070, 218),
    ("closed", "open"): ("M 1070 386 V 440 H 180 V 272", 570, 458),
}

STYLE = """
text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1a1a1a; }
.state { font-weight: 600; }
.stays { font-size: 11px; fill: #555; }
.step { paint-order: stroke; stroke: #fff; stroke-width: 5px; }
rect { fill: #eef3fb; stroke: #34609c; stroke-width: 1.5; }
path { fill: none; stroke: #34609c; stroke-width: 1.5; }
""".strip()

HEAD = (
    '<defs><marker id="head" viewBox="0 0 10 10" refX="6" refY="5" markerWidth="9" markerHeight="9" orient="auto">'
    '<polygon points="0,0 10,5 0,10" fill="#34609c"/></marker></defs>'
)


def arrows() -> dict[tuple[str | None, str], list[str]]:
    """The steps between each two states, in the order of the table."""
    made: dict[tuple[str | None, str], list[str]] = {}
    for before, steps in TRANSITIONS.items():
        for step, state in steps.items():
            made.setdefault((before, state), []).append(step)
    return made


def draw() -> str:
    """The picture, as SVG: an arrow for each way between two states; steps that lead nowhere stand in the box."""
    steps = arrows()
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="name">',
        '<title id="name">The states of a case, and the steps that lead from one to another</title>',
        f"<style>\n{STYLE}\n</style>",
        HEAD,
        f'<rect x="0" y="0" width="{WIDTH}" height="{HEIGHT}" style="fill:#fff;stroke:none"/>',
        '<circle cx="36" cy="230" r="8" fill="#34609c"/>',
    ]
    ways = [way for way in steps if way[0] != way[1]]
    lines += [f'<path d="{PATHS[way][0]}" marker-end="url(#head)"/>' for way in ways]
    lines += [_text("step", *PATHS[way][1:], ", ".join(steps[way])) for way in ways]
    for state, (x, y) in PLACES.items():
        lines.append(
            f'<rect x="{x - WIDE}" y="{y - HIGH}" width="{2 * WIDE}" height="{2 * HIGH}" rx="8"/>'
            + _text("state", x, y - 12, state)
        )
        stays = steps.get((state, state), [])
        rows = [", ".join(stays[:2]), ", ".join(stays[2:])]
        lines += [_text("stays", x, y + 8 + 15 * place, row) for place, row in enumerate(rows) if row]
    lines.append(_text("stays", 130, 20, f"in any state: {', '.join(ALWAYS)}"))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _text(kind: str, x: int, y: int, words: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{html.escape(words)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
