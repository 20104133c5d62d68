"""The words of a comparison, which follow the polarity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.measures._arguments import choice
from analysis.measures._inputs import Bools, Floats
from analysis.measures._results import Reasons

SIMILAR, NOT_COMPARED = "similar", "not compared"

_WORDS: dict[str, tuple[str, ...]] = {
    "higher_is_better": ("worst", "worse", SIMILAR, "better", "best"),
    "lower_is_better": ("best", "better", SIMILAR, "worse", "worst"),
    "neutral": ("lowest", "lower", SIMILAR, "higher", "highest"),
}


def steps(above: Bools, below: Bools) -> Floats:
    """1 where a value stands above, -1 below, 0 where neither; those of two levels are added."""
    return np.asarray(above.astype(np.float64) - below.astype(np.float64))


def verdicts(index: pd.Index, moved: Floats, polarity: str, reasons: Reasons) -> pd.DataFrame:
    """Words for steps from -2 to 2, by polarity, and the reasons of rows that are not compared."""
    choice(polarity, "polarity", _WORDS)
    words = np.array(_WORDS[polarity], dtype=object)[np.asarray(moved, dtype=int) + 2]
    return pd.DataFrame({"result": np.where(reasons == "", words, NOT_COMPARED), "reason": reasons}, index=index)
