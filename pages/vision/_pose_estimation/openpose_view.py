"""OpenPose: all people at once, put together from maps and fields in six steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from engine.io.tables import write_csv
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.live import Pick, axis, live
from pages._ui.pictures import picture_panel
from pages.vision._pose_estimation import method_scripts
from pages.vision._pose_estimation import openpose_layers as layers
from pages.vision._pose_estimation.method_settings import LIMB_NAMES, PART_NAMES, STEPS, Methods
from pages.vision._pose_estimation.openpose_numbers import (
    Assembled,
    Pair,
    assembled,
    candidate_columns,
    integral_written,
    pair_columns,
    pairs_of,
    peak_columns,
    people_columns,
)

if TYPE_CHECKING:
    from pages._ui.pictures import Picture

HEIGHT_PX = 400
ZOOM_CELLS = 16  # of the maps, on each side
OF_A_LIMB = ("fields", "scores", "matching")
WHY = {
    "maps": "S has a bump wherever the network sees a part, whoever it belongs to.",
    "fields": "L says at every place on a limb which way it runs: unit arrows on the limb, nothing beside it.",
    "peaks": "Every local maximum above the least height is a candidate. Whose it is, nobody knows yet.",
    "scores": "Each a is joined to each b. Along the line the field is read at ten places: E is the mean of L · v.",
    "matching": "The best pair is taken, then the best of those left that shares no candidate, and so on.",
    "people": "Limbs that share a candidate belong to one person. Who has too few parts is left out.",
}


def openpose(picture: Picture, left, right) -> None:
    """Draw the controls at the left; the chosen step at the right."""
    step = controls.values(Methods).openpose_step
    with right:
        controls.control(Methods, "openpose_step", segments=True)
    with left:
        if step in ("maps", "peaks"):
            controls.control(Methods, "openpose_part")
        if step in OF_A_LIMB:
            controls.control(Methods, "openpose_limb")
        with st.expander("Putting together", expanded=step not in ("maps", "fields")):
            for name in ("openpose_peak", "openpose_sample", "openpose_share", "openpose_parts"):
                controls.control(Methods, name)
    settings = controls.values(Methods)
    done = assembled(picture, settings.assembly)
    pairs = pairs_of(done, settings.limb, settings.assembly)
    chosen = min(settings.openpose_pair, max(len(pairs), 1)) - 1
    with right:
        area, beside = st.columns([8, 5], gap="medium")
        with area:
            _picture(picture, done, settings, pairs, chosen)
        with beside:
            _beside(picture, done, settings, pairs)
        table = lambda: write_csv(candidate_columns(done))  # noqa: E731
        told = "One row a candidate: part, place, height, and whose it is."
        take_away(
            [Export("Candidates", "openpose.csv", table, told), method_scripts.of_methods(picture, ("openpose",))]
        )


def _picture(picture: Picture, done: Assembled, settings: Methods, pairs: list[Pair], chosen: int) -> None:
    step = settings.openpose_step
    drawn = {
        "maps": lambda: layers.maps(done, settings),
        "fields": lambda: layers.fields(done, settings),
        "peaks": lambda: layers.peaks(done, settings),
        "scores": lambda: layers.scores(done, settings, pairs, chosen),
        "matching": lambda: layers.matching(done, settings, pairs),
        "people": lambda: [*layers.people(done), *_truth(picture)],
    }[step]()
    look: dict[str, Any] = {"span": 12, "height": HEIGHT_PX, "alt": f"{_title(settings)}. {WHY[step]}"}
    if step in ("maps", "fields") or (step == "peaks" and len(drawn) > 3):
        look["field"] = {"label": "S" if step != "fields" else "|L|"}
    if step == "scores":
        look["pick"] = True

    def choose(pick: Pick) -> None:
        middles = [layers.sample_places(done, settings.limb, pair).mean(0) for pair in pairs]
        if middles:
            near = np.linalg.norm(np.array(middles) - [pick.x, pick.y], axis=1).argmin()
            controls.put(Methods, {"openpose_pair": int(near) + 1})

    lines = [integral_written(pairs[chosen])] if step == "scores" and pairs else []
    panel = picture_panel("openpose", _title(settings), picture, drawn, **look)
    live("openpose", [panel], equations=lines, stats=_stats(done), on_pick=choose)


def _truth(picture: Picture) -> list[dict]:
    return [layers.truth(picture.truth.keypoints.numpy())] if picture.is_drawn else []


def _title(settings: Methods) -> str:
    limb, part = LIMB_NAMES[settings.openpose_limb], PART_NAMES[settings.openpose_part]
    return {
        "maps": f"Part maps S: {part}",
        "fields": f"Affinity field L: {limb}",
        "peaks": f"Candidates: {part}",
        "scores": "Line integrals",
        "matching": "Greedy matching",
        "people": "People",
    }[settings.openpose_step]


def _beside(picture: Picture, done: Assembled, settings: Methods, pairs: list[Pair]) -> None:
    """Say what the step does, and give its numbers as a table."""
    step = settings.openpose_step
    st.markdown(f"**{STEPS[step]}.** {WHY[step]}")
    if step in ("maps", "peaks"):
        names = ("part", "highest value") if step == "maps" else ("part", "peaks", "highest")
        columns = peak_columns(done)
        config = {
            "highest": st.column_config.NumberColumn(format="%.3f", help="Height of the highest peak."),
            "highest value": st.column_config.NumberColumn(format="%.3f", help="Of the part's map, anywhere."),
            "peaks": st.column_config.NumberColumn(help="How many are above the least height."),
        }
        shown = {name: columns[name] for name in names}
        st.dataframe(shown, hide_index=True, height=300, column_config=config)
    elif step == "fields":
        live("openpose-zoom", [_zoom(picture, done, settings)])
    elif step in ("scores", "matching"):
        _pairs(settings, pairs)
    elif step == "people":
        config = {"parts": st.column_config.NumberColumn(help="Of the 18, the neck among them.")}
        config["sum of E"] = st.column_config.NumberColumn(format="%.2f", help="Of the limbs' line integrals.")
        st.dataframe(people_columns(done), hide_index=True, height="content", column_config=config)


def _zoom(picture: Picture, done: Assembled, settings: Methods) -> dict:
    """Draw the field again from near, where it is longest."""
    row, column = np.unravel_index(layers.length(done, settings).argmax(), done.maps.shape[1:])
    x, y = (np.array([column, row]) + 0.5) * done.cell
    half_x, half_y = ZOOM_CELLS / 2 * done.cell
    drawn, look = layers.fields(done, settings, head=6), {"span": 12, "height": 300, "field": {"label": "|L|"}}
    whole = picture_panel("zoom", "From near", picture, drawn, alt="the field's arrows from near", **look)
    near = {"x": axis("x", x - half_x, x + half_x, unit="px")}
    return whole | near | {"y": axis("y", y - half_y, y + half_y, unit="px", down=True)}


def _pairs(settings: Methods, pairs: list[Pair]) -> None:
    if not pairs:
        st.info("This limb has no pair: one of its parts has no peak.", icon=":material/linear_scale:")
        return
    column = st.column_config
    config = {
        "#": column.NumberColumn(width=28),
        "pair": column.TextColumn(width=56),
        "E": column.NumberColumn(format="%.3f", width=50, help="Mean of L · v over ten samples."),
        "share": column.NumberColumn(
            format="%.2f", width=50, help=f"Share of samples with L · v above {settings.openpose_sample:g}."
        ),
        "": column.TextColumn(
            help="✓ and when: taken. No limb: too few samples agree. Gone: a better pair has taken the candidate."
        ),
    }
    st.dataframe(pair_columns(pairs), hide_index=True, height=min(38 + 35 * len(pairs), 260), column_config=config)
    if settings.openpose_step == "scores":
        st.session_state["openpose_pair"] = min(controls.values(Methods).openpose_pair, len(pairs))
        st.number_input(
            "Pair to write out",
            1,
            len(pairs),
            key="openpose_pair",
            persist_state="session",
            help="Its number in the table. Or click on its line.",
        )


def _stats(done: Assembled) -> list[dict[str, str]]:
    n_pairs = sum(pair.scores.numel() for pair in done.pairs)
    return [
        {"label": "candidates", "text": str(len(done.places)), "help": "peaks of all 18 maps above the least height"},
        {"label": "pairs", "text": str(n_pairs), "help": "of candidates, over all 17 limbs"},
        {"label": "people", "text": str(done.n_people), "help": "with enough parts"},
    ]
