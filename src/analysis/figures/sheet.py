"""A sheet of paper measured in millimetres: the few strokes that every figure is drawn with, and its SVG.

Matplotlib draws lines, marks and areas; axes are not used, because ticks and labels are placed by the figures
themselves, in millimetres of the printed page, so that no letter is below eight points and nothing is clipped. Letters
are written into the SVG as text, each line where it belongs: they stay letters, and need no layout.
"""

from __future__ import annotations

import functools
import html
import io
import re
from collections.abc import Sequence
from typing import Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Picture
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

WIDTH_MM = 165.0
HEIGHT_MM = 204.0
POINT_MM = 25.4 / 72
PER_MM = 72 / 25.4
TEXT_PT = 8.0
LINE_MM = 3.5
CAP_MM = 0.73 * TEXT_PT * POINT_MM

INK = "#0B0C0C"
GREY = "#3D3D3D"
MID_GREY = "#767676"
GRID = "#949494"
BAND = "#E6E6E6"
WHITE = "#FFFFFF"
DARK_BLUE = "#12436D"
DARK_PINK = "#801650"
RUST = "#A83F0C"

_SETTINGS = {
    "svg.hashsalt": "state-of-the-city",
    "svg.fonttype": "none",
    "path.simplify": False,
    "hatch.linewidth": 0.7,
    "hatch.color": GREY,
}
_PATHS = re.compile(r'(?<= )d="M[^"]*"')
_NUMBERS = re.compile(r'(?<= )(d|x|y|transform|points)="[^"]*"')
_LONG = re.compile(r"(\d+\.\d{2})\d+")
_OUTLINE = re.compile(r"(\d+\.\d)\d+")
OUTLINE_CHARACTERS = 300


class Sheet:
    """A white sheet; the origin is its lower left corner, lengths are millimetres, line widths points.

    Parameters
    ----------
    width, height
        Size as printed. The text of a page is 165 mm wide and a figure at most 204 mm high.
    """

    def __init__(self, height: float, width: float = WIDTH_MM) -> None:
        self.width, self.height = width, height
        self._picture = Picture(figsize=(width / 25.4, height / 25.4), facecolor=WHITE)
        self._words: list[str] = []
        self._mm = Affine2D().scale(1 / 25.4) + self._picture.dpi_scale_trans

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = TEXT_PT,
        colour: str = INK,
        align: str = "left",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Write one line with its baseline at ``y``; a halo keeps it apart from lines that it crosses."""
        anchor = {"left": "start", "center": "middle", "right": "end"}[align]
        place = f'x="{x * PER_MM:.2f}" y="{(self.height - y) * PER_MM:.2f}"'
        style = f"font-size: {size:g}px; font-weight: {700 if bold else 400}; text-anchor: {anchor}; fill: {colour}"
        style += f"; stroke: {WHITE}; stroke-width: 3px; paint-order: stroke" if halo else ""
        self._words.append(f'<text {place} style="{style}">{html.escape(words)}</text>')

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str = GREY,
        width: float = 0.8,
        dashes: Literal["-", "--", ":"] = "-",
    ) -> None:
        """A line through points; ``dashes`` as in Matplotlib (``-``, ``--``, ``:``)."""
        self._picture.add_artist(
            Line2D(xs, ys, color=colour, linewidth=width, linestyle=dashes, transform=self._mm, solid_capstyle="butt")
        )

    def mark(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        shape: str,
        *,
        size: float = 5.0,
        fill: str = DARK_BLUE,
        edge: str = INK,
        width: float = 0.8,
    ) -> None:
        """Marks at points; ``size`` in points."""
        self._picture.add_artist(
            Line2D(
                xs,
                ys,
                linestyle="none",
                marker=shape,
                markersize=size,
                markerfacecolor=fill,
                markeredgecolor=edge,
                markeredgewidth=width,
                transform=self._mm,
            )
        )

    def area(
        self,
        points: npt.ArrayLike,
        fill: str,
        *,
        edge: str = "none",
        width: float = 0.0,
        hatch: str | None = None,
    ) -> None:
        """A filled polygon, shape (n, 2)."""
        self._picture.add_artist(
            Polygon(
                np.asarray(points), facecolor=fill, edgecolor=edge, linewidth=width, hatch=hatch, transform=self._mm
            )
        )

    def box(
        self,
        left: float,
        bottom: float,
        width: float,
        height: float,
        fill: str,
        *,
        edge: str = "none",
        line: float = 0.0,
        hatch: str | None = None,
    ) -> None:
        """A filled rectangle."""
        right, top = left + width, bottom + height
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        self.area(corners, fill, edge=edge, width=line, hatch=hatch)

    def shapes(
        self,
        paths: Sequence[Path],
        fills: Sequence[str],
        *,
        edge: str = "none",
        width: float = 0.0,
        hatch: str | None = None,
    ) -> None:
        """Many outlines at once."""
        if paths:
            self._picture.add_artist(
                PathCollection(
                    paths,
                    facecolors=fills,
                    edgecolors=edge,
                    linewidths=width,
                    hatch=hatch,
                    transform=self._mm,
                    joinstyle="round",
                )
            )

    def svg(self) -> str:
        """The picture as SVG text: the same bytes for the same strokes, letters kept as text."""
        out = io.StringIO()
        with mpl.rc_context(_SETTINGS):  # type: ignore[arg-type]
            self._picture.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        drawn = _PATHS.sub(_shorter, out.getvalue())
        drawn = _NUMBERS.sub(lambda found: _LONG.sub(r"\1", found[0]), drawn)
        words = "\n".join(["<g style=\"font-family: 'DejaVu Sans', sans-serif\">", *self._words, "</g>"])
        return drawn.replace("</svg>", f"{words}\n</svg>")


def _shorter(path: re.Match[str]) -> str:
    """A path without what may be left out; outlines of many points to a tenth of a point."""
    text = " ".join(path[0].replace("\nL ", " ").split())
    return _OUTLINE.sub(r"\1", text) if len(text) > OUTLINE_CHARACTERS else text


@functools.lru_cache(maxsize=16)
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")


@functools.lru_cache(maxsize=4096)
def text_width(words: str, size: float = TEXT_PT, bold: bool = False) -> float:
    """Width of a line in millimetres.

    Examples
    --------
    >>> round(text_width("Everton"), 1)
    11.0
    """
    width, _, _ = text_to_path.get_text_width_height_descent(words, _font(size, bold), ismath=False)
    return float(width) * POINT_MM


def wrap(words: str, width: float, size: float = TEXT_PT, bold: bool = False) -> list[str]:
    """Break text into lines no wider than ``width`` millimetres (a word that is wider stands alone).

    Examples
    --------
    >>> wrap("Allerton and Hunts Cross", 24.0)
    ['Allerton and', 'Hunts Cross']
    """
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def luminance(colour: str) -> float:
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2).

    Examples
    --------
    >>> luminance("#FFFFFF"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    Examples
    --------
    >>> round(contrast("#12436D", "#FFFFFF"), 1)
    10.2
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever reads better on ``fill``.

    Examples
    --------
    >>> ink_on("#12436D"), ink_on("#E3F0FA")
    ('#FFFFFF', '#0B0C0C')
    """
    return max((WHITE, INK), key=lambda ink: contrast(ink, fill))
