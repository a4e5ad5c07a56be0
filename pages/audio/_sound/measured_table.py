"""The table of "Measured": one row for each stem of each method, ordered by what it is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from engine.source_separation.measures import Measures

KEPT = "_apart_measured"
FIGURES = {
    "SI-SDR": ("si_sdr", "10 log₁₀(|α s|² / |α s − ŝ|²): all that is wrong, but for loudness; both channels together."),
    "better by": ("improvement", "SI-SDR of the stem found less that of the mixture in its place."),
    "SDR": ("sdr", "BSS-eval 3, mean of the channels: what is the source, filtered or not, over all that is wrong."),
    "SIR": ("sir", "The source over what is left of the other sources."),
    "SAR": ("sar", "The sources over what is in none of them: artefacts of the method."),
}
BEST = "best"


def columns(kept: Mapping[str, Measures]) -> dict[str, list]:
    """Return the table: compared with, method, stem, and the figures in dB, None where there is none."""
    rows = []
    for method, one in kept.items():
        for k, stem in enumerate(one.stems):
            values = [_known(getattr(one, field)[k]) for field, _ in FIGURES.values()]
            rows.append((one.truths[k], method, stem, *values))
    rows.sort(key=lambda row: (row[0], -math.inf if row[3] is None else -row[3]))
    names = ("compared with", "method", "stem", *FIGURES)
    return {name: [row[k] for row in rows] for k, name in enumerate(names)}


def written(found: Mapping[str, list]) -> dict[str, list[str]]:
    """Return the table as it is shown: of several methods for one truth the best figure of each kind says so."""
    shown = {name: [str(value) for value in found[name]] for name in ("compared with", "method", "stem")}
    groups = found["compared with"]
    for name in FIGURES:
        values = found[name]
        best = {truth: _highest(values, groups, truth) for truth in set(groups)}
        shown[name] = [
            _cell(value, is_best=groups.count(truth) > 1 and value is not None and value == best[truth])
            for value, truth in zip(values, groups, strict=True)
        ]
    return shown


def table(kept: Mapping[str, Measures]) -> None:
    """Show the table, and say what it is made of."""
    helps = {
        name: st.column_config.TextColumn(name, help=help_, alignment="right") for name, (_, help_) in FIGURES.items()
    }
    st.dataframe(written(columns(kept)), hide_index=True, column_config=helps)
    st.caption(
        "Choose another method at the left: its rows are added. Only stems that are compared with the same truth "
        "compete; the highest figure says “best”. A dash: the true stem, or the one found, is silent."
    )


def _highest(values: list[float | None], groups: list[str], truth: str) -> float | None:
    own = [v for v, group in zip(values, groups, strict=True) if group == truth and v is not None]
    return max(own, default=None)


def _known(value: float) -> float | None:
    return None if math.isnan(float(value)) else float(value)


def _cell(value: float | None, is_best: bool) -> str:
    if value is None:
        return "–"
    text = "∞" if value == math.inf else f"{value:.2f}".replace("-", "−").replace("−inf", "−∞")
    return f"{BEST} {text}" if is_best else text
