"""Cover, and how to read the report."""

from __future__ import annotations

from analysis.blocks import Box, Cover
from analysis.tables.loaded import LoadedEdition


def describe_cover(edition: LoadedEdition) -> Cover:
    """The cover: title, place, date and what the report is."""
    return Cover(
        title=f"State of the City: {edition.place.name} {edition.edition.year}",
        subtitle=edition.edition.title,
        date=f"Figures published by {edition.edition.cut_off.day} {edition.edition.cut_off:%B %Y}",
        publisher="State of the City project",
        description=(
            f"The state of {edition.place.name} against the aims of the {edition.plan.title}: indicators, "
            "deprivation and "
            "life expectancy by ward, and what is not known."
        ),
    )


def box_reading(edition: LoadedEdition) -> Box:
    """How to read values, intervals, flags and comparisons."""
    cut_off = edition.edition.cut_off
    return Box(
        "How to read this report",
        "\n".join(
            [
                f"- **Dates.** The report uses what had been published by {cut_off.day} {cut_off:%B %Y}. A later "
                "figure is used "
                "only where there was none; it is then marked [e] and its period is given.",
                "- **Revised figures.** Where only a later vintage of a figure is held it is marked [r]: it may "
                "differ from "
                "what was known at the time.",
                "- **95% interval.** The range in which the true value probably lies: the publisher's for a figure as "
                "published; ours for a change, a gap and the life expectancy of a ward. Where none is held, none is "
                "shown, and no difference is called better or worse. A census, an estimate of residents and a model "
                "are no samples, so we draw no interval around them.",
                f"- **Comparisons.** {edition.place.country.name} includes {edition.place.name}. The "
                f"{edition.place.peers_name} are given without {edition.place.name}: their median, lowest and "
                "highest value.",
                "- **Changes** are worked out before rounding, so that the last digit of one can differ from what the "
                "printed values give.",
                "- **Not available** means that the figure is not held. It never means zero.",
                "- **What it does not say.** These are figures about the city. The council influences them, and "
                "so do others; "
                "they do not measure what the council's actions caused.",
            ]
        ),
    )
