"""The view "Measured": how near the stems found are to the true ones, for every method that was run on this sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from engine.io.tables import write_csv
from engine.source_separation.measures import measure_song
from pages._ui import charts, player
from pages._ui.exports import Export, take_away
from pages._ui.numbers import number
from pages._ui.session import keep_in_link, link_number
from pages.audio._sound import apart_run, apart_script, measured_pictures
from pages.audio._sound.apart import roles
from pages.audio._sound.apart_run import Chosen
from pages.audio._sound.measured_table import KEPT, columns, table

if TYPE_CHECKING:
    from engine.source_separation.measures import Measures
    from engine.source_separation.song_job import Separation

RUN = "apart-measure"
STEM = "stem"  # of the link
UNKNOWN = (
    "The true stems of this sound are not known, so nothing can be measured. Choose **Sample** or **Mix it yourself** "
    "as the source at the left."
)
MOST_KEPT = 12  # methods of a sound


def measured_part(left, right) -> None:
    """Draw the controls at the left, the figures at the right."""
    with left:
        chosen = apart_run.choose()
    with right:
        if chosen is None:
            st.info("Bring a sound at the left.", icon=":material/graphic_eq:")
            return
        if chosen.note:
            st.info(chosen.note, icon=":material/cloud_download:")
        if not chosen.sound.stems:
            st.info(UNKNOWN, icon=":material/help:")
            return
        player.follow("apart-measured", lambda: _measured(chosen))


def _measured(chosen: Chosen) -> bool:
    """Draw how far separation and measurement are, and the figures; return whether more comes."""
    try:
        held = apart_run.run(chosen)
        usable = apart_run.status(held, chosen)
        if not player.ended(held):
            return True
        if not usable or held.job.status != "done":
            return False
        return _figures(chosen, held.job.latest, held.identity)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return False


def _figures(chosen: Chosen, found: Separation, identity: str) -> bool:
    sound = chosen.sound
    args = (found, sound.stems, sound.kinds, sound.sample_rate)
    held = player.run(RUN, measure_song, *args, identity=identity, heavy=True)
    result = held.job.latest.result if held.job.latest else None
    if result is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            if player.ended(held):
                st.caption("The measurement was stopped.")
                st.button("Measure", key="measure_again", on_click=player.forget, args=(RUN,))
            else:
                st.progress(held.job.progress or 0.0, text=f"Measuring. {player.waiting_note(held)}")
                st.button("Stop", key="stop_measure", icon=":material/stop:", on_click=player.stop, args=(RUN,))
        return not player.ended(held)
    kept = _keep(chosen, result)
    st.markdown("**Every method that was run on this sound, in dB**")
    table(kept)
    k = _stem(result)
    st.markdown(equation(result, k))
    _over_time(result, k)
    growing = measured_pictures.pictures(chosen, found, identity, k)
    csv = lambda: write_csv(columns(kept))  # noqa: E731
    curve = lambda: write_csv(_curve_columns(result))  # noqa: E731
    take_away(
        [
            Export("Table", "separation.csv", csv, "Every method and stem, in dB."),
            Export("Over time", "separation_over_time.csv", curve, "SI-SDR of each stem in each second, in dB."),
            apart_script.of(chosen),
        ]
    )
    return growing


def _keep(chosen: Chosen, result: Measures) -> dict[str, Measures]:
    """Return the results of all methods that were run on this sound, this one among them."""
    what = (chosen.sound.identity, chosen.region_s)
    kept = st.session_state.get(KEPT)
    if kept is None or kept[0] != what:
        kept = st.session_state[KEPT] = (what, {})
    results = kept[1]
    results.setdefault(chosen.way.title, result)
    while len(results) > MOST_KEPT:
        del results[next(iter(results))]
    return results


def _stem(result: Measures) -> int:
    """Ask which stem to look at."""
    options = list(range(len(result.stems)))
    if st.session_state.get(STEM) not in options:
        linked = link_number(STEM)
        st.session_state[STEM] = linked if linked in options else 0
    k = st.segmented_control(
        "Stem", options, format_func=lambda k: result.stems[k].capitalize(), key=STEM, required=True
    )
    keep_in_link(STEM, k or None)
    return k


def equation(result: Measures, k: int) -> str:
    """Write out the SI-SDR of a stem with its numbers."""
    wanted, unwanted, scale = (
        float(one[k]) for one in (result.terms.wanted, result.terms.unwanted, result.terms.scale)
    )
    value, before = float(result.si_sdr[k]), float(result.before[k])
    stem, truth = result.stems[k], result.truths[k]
    if not wanted > 0:
        return f"**{stem}** is compared with {truth}, which is silent here: there is no ratio."
    return (
        f"**{stem}** ŝ against **{truth}** s: α = ŝ·s / |s|² = {number(scale, 3)}, "
        f"SI-SDR = 10 log₁₀(|α s|² / |α s − ŝ|²) = 10 log₁₀({number(wanted)} / {number(unwanted)}) = "
        f"**{number(value, 3)} dB**. The mixture in its place has {number(before, 3)} dB: the stem found is "
        f"{'better' if value >= before else 'worse'} by **{number(abs(value - before), 3)} dB**."
    )


def _over_time(result: Measures, k: int) -> None:
    fig = charts.figure("time (s)", "SI-SDR (dB)", 280)
    starts = [round(float(at), 2) + 0.5 for at in result.starts_s]
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    for j, (stem, role) in enumerate(zip(result.stems, roles(result.stems), strict=True)):
        values = [float(v) if abs(float(v)) < 200 else None for v in result.over_time[j]]
        fig.add_scatter(
            x=starts,
            y=values,
            name=stem,
            mode="lines+markers",
            line={"color": charts.color(role), "width": 3 if j == k else 1.6, "dash": dashes[j % len(dashes)]},
            marker={"size": 5 if j == k else 3},
            hovertemplate="%{x:.1f} s: %{y:.1f} dB<extra>" + charts.escape(stem) + "</extra>",
        )
    st.markdown("**SI-SDR of each second**")
    charts.show(fig, "apart-over-time", "SI-SDR of each stem over time, in windows of one second.")
    st.caption("A gap is a second in which the true stem is silent, below −60 dB.")


def _curve_columns(result: Measures) -> dict[str, list]:
    values = {stem: [number_or_none(v) for v in result.over_time[k]] for k, stem in enumerate(result.stems)}
    return {"from (s)": [round(float(at), 3) for at in result.starts_s], **values}


def number_or_none(value: float) -> float | None:
    """Return a finite number, or None."""
    value = float(value)
    return round(value, 4) if abs(value) < 1e6 else None
