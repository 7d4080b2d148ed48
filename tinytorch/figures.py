"""One look for every figure of the course: one size, one width of line, one set of colours."""

import html
from collections import Counter
from itertools import cycle

BLUE, ORANGE, GREEN, RED, GREY = "#3b6fb6", "#e08a2e", "#4a9a5b", "#c8473d", "#8a8f98"
TINTS = ("#cfe0f5", "#fbe3c5", "#cfe8d4", "#f6d0cc", "#e2e4e8")  # the same five, paler
STYLE = {
    "figure.dpi": 110,
    "font.size": 10,
    "lines.linewidth": 1.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "image.cmap": "gray",
    "legend.frameon": False,
}


def axes(columns: int = 1, height: float = 2.8, picture: bool = False, frame: bool = False):
    """The axes of a new figure, `columns` of them in a row (one Axes, or an array of them).

    height: in inches; every figure is 7 inches wide, or narrower where one picture stands alone.
    picture: True for images: no ticks, and no frame but with `frame`, which shows where a white image ends.
    """
    import matplotlib.pyplot as plt

    plt.rcParams.update(_style())
    width = 4.2 if picture and columns == 1 else 7
    _, drawn = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    for ax in [drawn] if columns == 1 else drawn:
        if picture and frame:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, color=GREY, linewidth=0.6)
        elif picture:
            ax.axis("off")
    return drawn


def _style():
    """The settings of matplotlib behind the look."""
    from cycler import cycler

    return STYLE | {"axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, GREY])}


def history_figure(history, title=""):
    """A figure of a training's history ({name: one value per epoch}): losses on the left, other values on the right."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_style()):
        figure = Figure(figsize=(7, 2.6), layout="constrained")
        figure.suptitle(title, fontsize=9)
        for ax, losses in zip(figure.subplots(1, 2), (True, False), strict=True):
            for name, values in history.items():
                if ("loss" in name) == losses:
                    ax.plot(range(1, len(values) + 1), values, label=name, marker="." if len(values) < 3 else "")
            ax.set(xlabel="epoch", visible=bool(ax.lines))
            ax.xaxis.get_major_locator().set_params(integer=True)
            if ax.lines:
                ax.legend()
    return figure


def draw(t):
    """The graph behind the Tensor `t`, drawn in a notebook: boxes are tensors, with the op that made them."""
    return Drawing(t)


class Drawing:
    """A graph of recipes as SVG, the result on the right."""

    def __init__(self, root):
        from tinytorch.core.tensor import tensors_in

        depth, links, waiting = {}, {}, [(root, 0)]
        while waiting:
            t, level = waiting.pop()
            if depth.get(t, -1) < level:
                depth[t] = level
                sources = tensors_in(t.recipe.args if t.recipe else ())
                links[t] = Counter(sources)
                waiting += [(source, level + 1) for source in reversed(sources)]
        self.links, self.place = links, _placed(depth)

    def _repr_svg_(self):
        width, height = (max(axis) for axis in zip(*self.place.values(), strict=True))
        lines = "".join(
            _curve(self.place[source], self.place[t], number)
            for t, sources in self.links.items()
            for source, times in sources.items()
            for number in range(times)
        )
        boxes = "".join(_box(*at, t) for t, at in self.place.items())
        size = f'width="{width + 110}" height="{height + 90}" font-family="sans-serif" font-size="11"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{lines}{boxes}</svg>'


def _placed(depth):
    """Where the box of each tensor goes, (x, y): a column for each depth."""
    last, columns = max(depth.values()), {}
    for t, level in depth.items():
        columns.setdefault(last - level, []).append(t)
    rows = max(map(len, columns.values()))
    top = {x: (rows - len(column)) / 2 for x, column in columns.items()}
    return {t: (x * 130 + 10, (y + top[x]) * 56 + 10) for x, column in columns.items() for y, t in enumerate(column)}


def _curve(start, end, number):
    """A line between neighbouring boxes; past other boxes, or for a further use, an arc from bottom to bottom."""
    (x1, y1), (x2, y2) = start, end
    if number == 0 and x2 - x1 <= 130:
        path = f"M{x1 + 100} {y1 + 20} C{x1 + 115} {y1 + 20} {x2 - 15} {y2 + 20} {x2} {y2 + 20}"
    else:
        low = max(y1, y2) + 72 + 16 * number
        path = f"M{x1 + 50} {y1 + 40} C{x1 + 50} {low} {x2 + 50} {low} {x2 + 50} {y2 + 40}"
    return f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.5"/>'


def _box(x, y, t):
    """A box with the op that made t, and its value or shape."""
    name, color = ("leaf", ORANGE) if t.requires_grad else ("constant", GREY)
    if t.recipe:
        name, color = t.recipe.op.__name__, BLUE
    value = f"{t.item():.3g}" if t.numel() == 1 else str(t.shape)
    rect = f'<rect x="{x}" y="{y}" width="100" height="40" rx="6" fill="white" stroke="{color}" stroke-width="1.8"/>'
    text = f'<text x="{x + 50}" text-anchor="middle"'
    return f'{rect}{text} y="{y + 17}">{name}</text>{text} y="{y + 32}" fill="#5b616a">{value}</text>'


def pieces(*rows, labels=()):
    """Rows of pieces of text (str, or bytes in UTF-8) as coloured blocks, so that one sees where each ends.

    labels: what stands above each row; none by default.
    """
    return Pieces(rows, labels)


class Pieces:
    """Text in pieces: coloured in a notebook, with bars between them elsewhere."""

    def __init__(self, rows, labels=()):
        self.rows = [[_readable(piece) for piece in row] for row in rows]
        self.labels = [f"{label}:" for label in labels] or [""] * len(self.rows)

    def __repr__(self):
        lines = ((label, "|".join(row)) for label, row in zip(self.labels, self.rows, strict=True))
        return "\n".join("\n".join(filter(None, line)) for line in lines)

    def _repr_html_(self):
        block = '<span style="background:{};color:#222;padding:2px 0;white-space:pre-wrap">{}</span>'
        rows = ("".join(block.format(tint, html.escape(p)) for p, tint in zip(r, cycle(TINTS))) for r in self.rows)  # noqa: B905
        style = "font-family:monospace;line-height:1.9;margin-bottom:6px"
        labels = (f"<div>{html.escape(label)}</div>" if label else "" for label in self.labels)
        return "".join(f'{label}<div style="{style}">{row}</div>' for label, row in zip(labels, rows, strict=True))


def _readable(piece):
    """A piece as text; bytes that are no whole character, and what makes a new line, as escapes."""
    text = piece if isinstance(piece, str) else piece.decode("utf-8", "backslashreplace")
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
