"""Cover, one-page summary and how to read the report."""

from __future__ import annotations

from analysis.blocks import Box, Cover, Text
from analysis.figures.city import city_lines
from analysis.narrative.aims import beside, headline_lines
from analysis.narrative.deprivation import say_deprived_share
from analysis.narrative.life_expectancy import say_slopes
from analysis.narrative.prose import Prose, row_period
from analysis.tables.loaded import LoadedEdition
from analysis.tables.reference import cell_of

HEALTHY_LIFE = "healthy_life_expectancy_birth"
HEADLINES_PER_AIM = 2


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


def describe_summary(edition: LoadedEdition) -> Text:
    """The one-page summary: every sentence from the tables."""
    prose = Prose()
    say_deprived_share(edition, prose)
    prose.paragraph()
    say_slopes(edition, prose)
    prose.paragraph()
    _say_healthy_life(edition, prose)
    prose.paragraph()
    _say_headlines(edition, prose)
    prose.paragraph()
    _say_coverage(edition, prose)
    return prose.text()


def _say_healthy_life(edition: LoadedEdition, prose: Prose) -> None:
    for line in city_lines(edition, [HEALTHY_LIFE]):
        row, decimals = line.own[-1], line.indicator.decimals
        who = {"male": "Men", "female": "Women", "persons": "People"}[line.sex]
        sentence = f"{who} in {edition.place.name} could expect {prose.value(row, decimals)} of healthy life"
        country = line.country_row(row)
        if country is not None:
            sentence += f", against {prose.rounded(cell_of(country), decimals)} in {edition.place.country.name}"
        prose.say(f"{sentence} ({row_period(row)}).")


def _say_headlines(edition: LoadedEdition, prose: Prose) -> None:
    """For each aim, its first headline indicators beside the country, in a sentence each."""
    for aim in edition.plan.aims:
        chosen = [line for line in headline_lines(edition, aim) if line.indicator.id != HEALTHY_LIFE]
        sentences = []
        for line in chosen[:HEADLINES_PER_AIM]:
            row, decimals = line.own[-1], line.indicator.decimals
            sentence = f"{line.indicator.title}: {prose.value(row, decimals)}"
            country = line.country_row(row)
            if country is not None:
                sentence += f" ({edition.place.country.name} {beside(prose, country, decimals)})"
            sentences.append(f"{sentence}, {row_period(row)}.")
        if sentences:
            prose.say(f"- **{aim.title}.** {' '.join(sentences)}")


def _say_coverage(edition: LoadedEdition, prose: Prose) -> None:
    plan = edition.plan.id
    used = prose.whole(edition.total("distinct", "indicator", "indicators", "value!="))
    spoken = prose.whole(edition.count("coverage", "indicators!=", plan=plan))
    every = prose.counted(edition.count("coverage", plan=plan), "priority", "priorities")
    prose.say(
        f"The report uses {used} indicators. They speak to {spoken} of the plan's {every}; each chapter names the "
        "priorities without one, and who publishes what is missing."
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
