"""One look for every figure of the course: one size, one width of line, one set of colours."""

BLUE, ORANGE, GREEN, RED, GREY = "#3b6fb6", "#e08a2e", "#4a9a5b", "#c8473d", "#8a8f98"
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


def axes(columns: int = 1, height: float = 2.8, picture: bool = False):
    """The axes of a new figure, `columns` of them in a row (one Axes, or an array of them).

    height: in inches; every figure is 7 inches wide, or narrower where one picture stands alone.
    picture: True for images: no ticks, no frame.
    """
    import matplotlib.pyplot as plt
    from cycler import cycler

    plt.rcParams.update(STYLE | {"axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, GREY])})
    width = 4.2 if picture and columns == 1 else 7
    _, drawn = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    for ax in [drawn] if columns == 1 else drawn:
        if picture:
            ax.axis("off")
    return drawn
