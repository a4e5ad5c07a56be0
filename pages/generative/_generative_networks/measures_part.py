"""The part "Measures": pictures are made worse level by level; which measure notices what?"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import streamlit as st

from engine.generative import models
from engine.generative.comparison import Compared, Comparing, compare
from engine.generative.spoiling import SPOILS, TRUNCATION
from engine.generative.training_pictures import AVATARS, GLYPHS
from engine.io.tables import write_csv
from engine.weights import get
from pages._ui import controls, player
from pages._ui.exports import Export, take_away
from pages._ui.live import live
from pages._ui.presets import try_this
from pages._ui.scripts import script, weight_files
from pages.generative._generative_networks import faces_networks, measures_scene, measures_table
from pages.generative._generative_networks.measures_settings import OF_GLYPHS, PRESETS, WEIGHTS, Measures
from pages.generative._generative_networks.view import View

RUN, LIVE, RESTING = "measures", "measures-live", "_measures_resting"
SIDES = {AVATARS: 64, GLYPHS: 32}
READERS = {AVATARS: "AVATAR_READER_V1", GLYPHS: "GLYPH_READER_V1"}
MEANING = (
    "Two samples of real pictures are apart too, and the dashed lines say by how much: a perfect generator's sample "
    "would be about as far, now a little nearer and now a little farther. "
    "**Precision** and **density** ask whether what is made looks real, **recall** and **coverage** whether all that "
    "is real is made as well. All of them look through the features of a classifier of our own: what it does not "
    "see, they do not measure. The Fréchet distance falls with the size of the samples: compare at one size only."
)


@dataclass(frozen=True, eq=False)
class Levels:
    """What was asked for, and what was found so far."""

    settings: Comparing
    said: Measures
    found: list[Compared]
    growing: bool

    @property
    def world(self) -> str:
        """Which world the pictures are of."""
        return GLYPHS if self.said.measured in OF_GLYPHS else AVATARS


def presets() -> None:
    """Show where to start, while this part is open."""
    if controls.values(View).gan_part == "measures":
        try_this("measures_preset", PRESETS, Comparing, on_choose=lambda: None)


def measures_part(left, right) -> None:
    """Draw the choices at the left, pictures and measures at the right."""
    with left:
        measured = controls.control(Measures, "measured")
        has_z = measured in WEIGHTS
        controls.control(Comparing, "measure_spoil", only=tuple(one for one in SPOILS if has_z or one != TRUNCATION))
        with controls.redrawing(RUN):
            controls.control(Comparing, "measure_n")
            controls.control(Comparing, "measure_seed")
        if measured not in OF_GLYPHS:
            controls.control(Measures, "counted")
    with right:
        player.follow(RUN, faces_networks.guarded(_measured))


def _measured() -> bool:
    controls.share(View, Measures, Comparing)
    said = controls.values(Measures)
    why = faces_networks.why_missing(WEIGHTS[said.measured]) if said.measured in WEIGHTS else ""
    if why:
        st.info(f"{why} Drawn faces can be measured meanwhile.", icon=":material/info:")
        return False
    settings = controls.values(Comparing)
    held = _run(settings, said)
    growing = not player.ended(held)  # asked before the snapshots are read, so that the last ones are never missed
    levels = Levels(settings, said, [one for one in held.job.snapshots if one.made], growing)
    if levels.found:
        _shown(levels, held.identity)
    if growing:
        st.caption(
            player.waiting_note(held) if held.job.place else f"{held.job.latest.doing}." if held.job.latest else ""
        )
    return growing


def _run(settings: Comparing, said: Measures) -> player.Held:
    painter = models.painter(WEIGHTS[said.measured], "cpu") if said.measured in WEIGHTS else None
    world = GLYPHS if said.measured in OF_GLYPHS else AVATARS
    return player.run(RUN, compare, settings, world, painter, SIDES[world], identity=(settings, said.measured))


def _shown(levels: Levels, identity: str) -> None:
    st.session_state[RESTING] = live(
        LIVE,
        measures_scene.panels(levels, identity),
        {"a": measures_scene.channels(levels)},
        player=player.bar(identity, growing=levels.growing),
        stats=measures_scene.stats(levels),
        rest=st.session_state.get(RESTING),
    )
    st.caption(MEANING)
    if levels.growing:
        return
    table = measures_table.measures(levels)
    st.dataframe(table, hide_index=True)
    shares = lambda: write_csv(measures_table.shares(levels))  # noqa: E731
    take_away(
        [
            Export("Measures", "measures.csv", lambda: write_csv(table), "Every measure at every level."),
            Export("Frequencies", "frequencies.csv", shares, "Every value's share, at every level and in the world."),
            script("measure_pictures", lambda: script_files(levels)),
        ]
    )


def script_files(levels: Levels) -> tuple[dict, dict[str, bytes]]:
    """Return the settings of the script, and the networks beside it."""
    network, world = WEIGHTS.get(levels.said.measured), levels.world
    told = {"network": network, "world": world, "side": SIDES[world], "comparing": asdict(levels.settings)}
    needed = [name for name in (network, READERS[world]) if name]
    return told, weight_files(*(get(name) for name in needed))
