"""Draws the reports' charts as SVG: no script, colours by classes of the style sheet, every figure written out too.

Each chart is an image with a title and a description for those who do not see it. Words come with the data; none are
here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 640
LABEL = 150
ROW = 30
LONGEST_LABEL = 11
FULL = 100
WIDEST_BAR = 72


@dataclass(frozen=True)
class Bar:
    """A labelled amount; `told` is how it is written, `value` how long it is drawn."""

    label: str
    value: float
    told: str


@dataclass(frozen=True)
class Pair:
    """Two amounts of the same thing, the lesser first, such as a median and a 90th percentile."""

    label: str
    first: Bar
    second: Bar


@dataclass(frozen=True)
class Line:
    """A named line over labelled points; None is a gap."""

    name: str
    points: tuple[float | None, ...]


def bars(title: str, items: Sequence[Bar]) -> Markup:
    """Horizontal bars, one below the other."""
    most = max((item.value for item in items), default=0) or 1
    room = WIDTH - LABEL - 110
    parts = []
    for number, item in enumerate(items):
        y = number * ROW
        width = room * item.value / most
        parts += [_label(item.label, y), _rect(LABEL, y + 6, width, 18, "c1"), _value(item.told, LABEL + width + 6, y)]
    return _image(title, _told(items), len(items) * ROW, parts)


def pairs(title: str, items: Sequence[Pair], names: tuple[str, str]) -> Markup:
    """Two horizontal bars for each thing, with a legend."""
    most = max((item.second.value for item in items), default=0) or 1
    room, step = WIDTH - LABEL - 110, 46
    parts = _legend(names)
    for number, item in enumerate(items):
        y = 26 + number * step
        parts.append(_label(item.label, y + 7))
        for place, bar, colour in ((0, item.first, "c1"), (1, item.second, "c2")):
            width, top = room * bar.value / most, y + place * 18
            parts += [
                _rect(LABEL, top + 4, width, 14, colour),
                _value(bar.told, LABEL + width + 6, top - 4, small=True),
            ]
    described = "；".join(f"{item.label} {names[0]} {item.first.told} {names[1]} {item.second.told}" for item in items)
    return _image(title, described, 26 + len(items) * step, parts)


def pareto(title: str, items: Sequence[Bar], cumulated: str) -> Markup:
    """Bars from the most frequent on, with the line of their shares added up, all as shares of the whole; `cumulated`
    names the line.
    """
    high, bottom, left, right = 190, 220, 44, WIDTH - 44
    whole = sum(item.value for item in items) or 1
    step = (right - left) / max(len(items), 1)
    parts = _grid(left, right, bottom, high)
    so_far, points = 0.0, []
    for number, item in enumerate(items):
        middle, tall = left + step * (number + 0.5), high * item.value / whole
        so_far += item.value
        points.append((middle, bottom - high * so_far / whole))
        wide = min(step * 0.64, WIDEST_BAR)
        parts.append(_rect(middle - wide / 2, bottom - tall, wide, tall, "c1"))
        parts.append(_text(item.told, middle, bottom - tall - 9, "middle", "value small"))
        parts += _wrapped(item.label, middle, bottom + 16, max(3, int(step // 13)))
    for share in (0, 50, 100):
        parts.append(_text(f"{share}%", right + 6, bottom - high * share / FULL + 4, "start", "quiet small"))
    parts += _polyline(points, "l2")
    lines = max((min(3, -(-len(item.label) // max(3, int(step // 13)))) for item in items), default=1)
    parts += _legend((title, cumulated), top=bottom + 16 + 15 * lines)
    return _image(title, _told(items), bottom + 36 + 15 * lines, parts)


def gauges(title: str, items: Sequence[Bar]) -> Markup:
    """Rings for shares of a hundred, four in a row, with the share in the middle and the label below."""
    across, parts = 160, []
    around = 2 * 3.14159 * 46
    for number, item in enumerate(items):
        x, y = across * (number % 4) + across / 2, 62 + 150 * (number // 4)
        colour = "good" if item.value >= 90 else "fair" if item.value >= 70 else "poor"
        filled = around * min(item.value, FULL) / FULL
        parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y}" r="46"/>')
        parts.append(
            f'<circle class="ring {colour}" cx="{x:.1f}" cy="{y}" r="46" transform="rotate(-90 {x:.1f} {y})" '
            f'stroke-dasharray="{filled:.1f} {around:.1f}"/>'
        )
        parts.append(_text(item.told, x, y + 7, "middle", "value big"))
        parts += _wrapped(item.label, x, y + 70, 10)
    return _image(title, _told(items), 150 * ((len(items) + 3) // 4), parts)


def trend(title: str, labels: Sequence[str], lines: Sequence[Line], most: float, unit: str) -> Markup:
    """Lines over periods; each point has its value as a tooltip."""
    high, bottom, left, right = 170, 200, 50, WIDTH - 20
    step = (right - left) / max(len(labels), 1)
    parts = [
        *_grid(left, right, bottom, high),
        _text(f"{most:g}{unit}", left - 6, bottom - high + 4, "end", "quiet small"),
        _text(f"0{unit}", left - 6, bottom + 4, "end", "quiet small"),
    ]
    for number, line in enumerate(lines, 1):
        placed = [
            (left + step * (n + 0.5), bottom - high * point / (most or 1), point)
            for n, point in enumerate(line.points)
            if point is not None
        ]
        parts += _polyline([(x, y) for x, y, _ in placed], f"l{number}", [f"{point:g}{unit}" for *_, point in placed])
    every = max(1, len(labels) // 8)
    for n, label in enumerate(labels):
        if n % every == 0:
            parts.append(_text(label[-10:], left + step * (n + 0.5), bottom + 18, "middle", "small"))
    parts += _legend(tuple(line.name for line in lines), top=bottom + 34)
    told = "；".join(
        f"{label}：" + "，".join(f"{line.name} {_point(line.points[n], unit)}" for line in lines)
        for n, label in enumerate(labels)
    )
    return _image(title, told, bottom + 50, parts)


def _point(value: float | None, unit: str) -> str:
    return "—" if value is None else f"{value:g}{unit}"


def _image(title: str, described: str, height: float, parts: Iterable[str]) -> Markup:
    return Markup(  # every word in it went through _text or is escaped here
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {max(height, 1):.0f}" preserveAspectRatio="xMinYMin meet">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(parts)}</svg>"
    )


def _told(items: Sequence[Bar]) -> str:
    return "；".join(f"{item.label} {item.told}" for item in items)


def _text(words: str, x: float, y: float, anchor: str, classes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{classes}">{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2" class="{colour}"/>'


def _label(words: str, y: float) -> str:
    short = words if len(words) <= LONGEST_LABEL else f"{words[: LONGEST_LABEL - 1]}…"
    return _text(short, LABEL - 8, y + 20, "end")


def _value(words: str, x: float, y: float, *, small: bool = False) -> str:
    return _text(words, x, y + 20, "start", "value small" if small else "value")


def _wrapped(words: str, x: float, y: float, wide: int) -> list[str]:
    """Words below something, in three lines at most."""
    lines = [words[start : start + wide] for start in range(0, len(words), wide)]
    return [_text(line, x, y + 15 * n, "middle", "small") for n, line in enumerate(lines[:3])]


def _grid(left: float, right: float, bottom: float, high: float) -> list[str]:
    heights = (bottom - high * part / 4 for part in range(5))
    return [f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>' for y in heights]


def _polyline(points: Sequence[tuple[float, float]], colour: str, told: Sequence[str] = ()) -> list[str]:
    if not points:
        return []
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    titles = [f"<title>{escape(words)}</title>" for words in told] or [""] * len(points)
    dots = [
        f'<circle class="{colour} dot" cx="{x:.1f}" cy="{y:.1f}" r="4">{title}</circle>'
        for (x, y), title in zip(points, titles, strict=True)
    ]
    return [f'<polyline class="{colour}" points="{path}"/>', *dots]


def _legend(names: Sequence[str], top: float = 4) -> list[str]:
    parts, x = [], float(LABEL)
    for number, name in enumerate(names, 1):
        parts += [_rect(x, top, 12, 12, f"c{number}"), _text(name, x + 18, top + 11, "start", "small")]
        x += 40 + 14 * len(name)
    return parts
