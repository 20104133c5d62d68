"""Lines, marks, letters and outlines of the figures stand out: 3:1 for what is drawn, 4.5:1 for what is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from analysis.figures import heat, maps, sheet, trends, ward_changes
from analysis.figures.sheet import INK, WHITE, contrast, ink_on

STROKE = re.compile(r"stroke: (#[0-9a-fA-F]{6})")
LETTERS = re.compile(r"<text [^>]*fill: (#[0-9a-fA-F]{6})")
CLASSES = sorted({*maps.SEQUENTIAL, *maps.FIVE, *maps.BELOW, *maps.ABOVE, maps.NEUTRAL, *heat.SHADES})


def faint(svgs: Iterable[str]) -> set[str]:
    """Strokes and letters with too little contrast on white; white itself is only drawn on what is dark."""
    found = set()
    for svg in svgs:
        for pattern, least in ((STROKE, 3.0), (LETTERS, 4.5)):
            colours = {colour.upper() for colour in pattern.findall(svg)} - {WHITE}
            found |= {colour for colour in colours if contrast(colour, WHITE) < least}
    return found


def test_every_stroke_and_letter_of_a_report_stands_out(tiny_reported):
    pictures = [path.read_text() for path in sorted(tiny_reported.project.reports.glob("*/figures/*.svg"))]
    assert len(pictures) > 10
    assert sum(len(STROKE.findall(svg)) for svg in pictures) > 100
    assert faint(pictures) == set()


def test_a_faint_line_and_a_faint_letter_are_seen():
    drawn = sheet.Sheet(20, 20)
    drawn.line([0, 9], [0, 9], "#D9D9D9")
    drawn.text(1, 1, "faint", colour="#949494")
    assert faint([drawn.svg()]) == {"#D9D9D9", "#949494"}


@pytest.mark.parametrize("fill", CLASSES)
def test_outlines_and_labels_stand_out_from_every_class_of_a_map(fill):
    assert max(contrast(fill, INK), contrast(fill, WHITE)) >= 3  # outlines are black with a white line inside
    assert contrast(fill, ink_on(fill)) >= 4.5


@pytest.mark.parametrize(
    ("line", "ground"),
    [(trends.LIMITS_EDGE, trends.LIMITS_FILL), (sheet.RUST, ward_changes.NEW_GROUND), (sheet.MID_GREY, sheet.BAND)],
)
def test_lines_stand_out_from_the_ground_they_cross(line, ground):
    assert contrast(line, ground) >= 3
