"""The region of a sound that is looked at: chosen on a picture or by its two numbers, and kept in the link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import controls
from pages.audio._sound.see_settings import See

if TYPE_CHECKING:
    from pages.audio._sound.sources import Sound

SHORTEST_S = 0.01
WHOLE = {"from_s": 0.0, "to_s": 0.0}


def of(sound: Sound) -> tuple[float, float] | None:
    """Return where the region begins and ends, in s; None for the whole sound. Another sound is seen whole."""
    if st.session_state.setdefault("_region_of", sound.identity) != sound.identity:
        st.session_state["_region_of"] = sound.identity
        keep(None)
    kept = controls.values(See)
    start, end = kept.from_s, min(kept.to_s, sound.duration_s)
    return (start, end) if end - start >= min(SHORTEST_S, sound.duration_s) else None


def samples(sound: Sound, region: tuple[float, float] | None) -> tuple[int, int]:
    """Return the first sample of a region and the one after its last."""
    n = sound.waveform.shape[1]
    if region is None:
        return 0, n
    start = min(round(region[0] * sound.sample_rate), n - 2)
    return start, max(min(round(region[1] * sound.sample_rate), n), start + 2)


def keep(region: tuple[float, float] | None) -> None:
    """Remember a region, widened to what can be drawn; to be called before its controls are."""
    if region is None:
        controls.put(See, WHOLE)
        return
    start, end = region
    spare = max(SHORTEST_S - (end - start), 0) / 2
    controls.put(See, {"from_s": max(start - spare, 0), "to_s": end + spare + max(spare - start, 0)})
