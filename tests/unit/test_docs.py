"""The reference and the methods annex are generated, current, and complete."""

from __future__ import annotations

import re

import pytest
import yaml

from analysis import measures


@pytest.fixture(scope="module")
def generate(script):
    return script("docs/generate.py")


def test_the_documents_are_current(generate, capsys):
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


HELPERS = {
    "agebands.band_starts",
    "agebands.by_age",
    "agebands.from_the_end",
    "agebands.sum_bands",
    "attack.System",
    "attack.checked_sums",
    "attack.visible_bounds",
    "ranks.places",
    "rates.poisson_method",
}

THEIRS = {  # what PHEindicatormethods 2.1.0 exports, what it has retired, and the branch with trends
    *("phe_proportion", "phe_rate", "phe_mean", "phe_dsr", "calculate_dsr", "calculate_ISRatio", "calculate_ISRate"),
    *("phe_isr", "phe_smr", "phe_sii", "phe_quantile", "phe_life_expectancy", "calculate_funnel_limits"),
    *("calculate_funnel_points", "assign_funnel_significance", "phe_funnels", "phe_funnel_significance"),
    *("phe_funnel_convert_points", "assign_trend_markers", "byars_lower", "wilson_lower", "esp2013", "SPC"),
    *("phe_fun_prop_plot", "phe_fun_prop_sig", "phe_pyll", "calculate_yll"),
}


def test_every_function_of_the_peer_has_its_place_here(generate):
    rows = yaml.safe_load((generate.DOCS / "peers.yml").read_text(encoding="utf-8"))
    named = " ".join(row["theirs"] for row in rows)
    assert all(re.search(rf"\b{name}\b", named) for name in THEIRS)
    text = generate.api()
    for row in rows:
        assert set(row["ours"]) <= set(measures.__all__), row
        assert row["theirs"] in text


def test_every_documented_function_is_in_the_reference_with_its_arguments(generate):
    text = generate.api()
    for name, module in generate.modules():
        for entry in generate.entries(name, module):
            assert f'<a id="{entry.anchor}"></a>' in text
            function = getattr(module, entry.name)
            if not isinstance(function, type):
                for argument in generate.inspect.signature(function).parameters:
                    assert re.search(rf"\b{argument}\b", entry.sections["Parameters"]), f"{entry.anchor}: {argument}"


def test_only_known_helpers_are_left_out(generate):
    left_out = {
        entry.anchor
        for name, module in generate.modules()
        for entry in generate.defined(name, module)
        if not entry.documented
    }
    assert left_out <= HELPERS, "describe Parameters and Returns, or begin the name with an underscore"


def test_every_link_of_the_annex_has_its_anchor(generate):
    text = generate.methods()
    anchors = set(re.findall(r'<a id="([^"]+)"></a>', text))
    for link in re.findall(r"\]\(#([^)]+)\)", text):
        assert link in anchors, link
    assert len(anchors) == len(re.findall(r'<a id="', text)), "an anchor appears twice"


def test_sections_and_literal_blocks_are_read(generate):
    found = generate.sections("One line.\n\nNotes\n-----\nFormula::\n\n    a = b\n\nThen text.")
    assert found[""] == "One line."
    assert generate.markdown(found["Notes"]) == "Formula:\n\n```text\na = b\n```\n\nThen text."
    assert generate.definitions("missing\n    Not known.\nnegative\n    Below 0.") == (
        "- **missing**: Not known.\n- **negative**: Below 0."
    )
