"""A phrase of one instrument: a note, a scale, a broken or a full chord, or a beat; some with distortion or chorus.

Conventions: a phrase is float32 (T,) at 16 kHz, 1.6 s long, its peak at 1.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.signal import resample_poly
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.instrument_notes.families import FAMILIES, OTHER_SOUNDS, Family
from engine.datasets.songs.effects import chorused, compressed, saturated
from engine.datasets.songs.font_player import DRUMS, find_patch, play
from engine.datasets.songs.notes import Note
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ as PLAYED_HZ
from engine.datasets.songs.sounds import Sounds

SAMPLE_RATE_HZ = 16_000
CLIP_S = 1.6
LEAD_S = 0.5  # played before the clip begins, so that some clips begin amid a note
STEPS = (-12, -7, -5, -4, -3, -2, -2, -1, 0, 1, 2, 2, 3, 4, 5, 7, 12)
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 7, 12), (0, 4, 7, 10), (0, 3, 7, 10), (0, 5, 7), (0, 4), (0, 3), (0, 7), (0, 12))
KICK, SNARES, HATS, CYMBALS = (35, 36), (37, 38, 39, 40), (42, 44, 46), (49, 51, 53, 55, 57, 59)
TOMS = (41, 43, 45, 47, 48, 50)


def phrase(label: int, chance: Chance, sounds: Sounds) -> Tensor:
    """Draw a phrase of a family (0 … 11), or of what is none of them (12), played with one of the fonts."""
    family = OTHER_SOUNDS if label == len(FAMILIES) else FAMILIES[label]
    patch = find_patch(chance, sounds, DRUMS if family.is_drums else 0, chance.one_of(family.presets))
    notes = beat(chance) if family.is_drums else melody(family, chance)
    bends = family.chords < 0.4 and chance.happens(0.4)
    n = round((LEAD_S + CLIP_S) * PLAYED_HZ)
    sound = play(notes, patch, n, chance.around(0, 15), chance.between(0.1, 0.5) if bends else 0.0)
    sound = _with_effects(sound, family, chance)
    start = 0 if chance.happens(0.4) else round(LEAD_S * PLAYED_HZ)
    mono = sound[:, start : start + round(CLIP_S * PLAYED_HZ)].mean(0)
    low = resample_poly(mono, 160, 441)[: round(CLIP_S * SAMPLE_RATE_HZ)]
    peak = np.abs(low).max()
    return torch.from_numpy((low / peak if peak > 1e-4 else low * 0).astype(np.float32))


def melody(family: Family, chance: Chance) -> list[Note]:
    """Draw notes: they go in small steps, at one pace, alone or as chords, or it is one long note."""
    chord = chance.one_of(CHORDS) if chance.happens(family.chords) else (0,)
    broken = len(chord) > 1 and chance.happens(0.3)
    pace = 4.0 if chance.happens(0.3) else 0.09 * 9 ** chance.unit()  # s from note to note
    held = chance.between(0.4, 1.05)  # of the pace
    loud, key = chance.between(0.35, 1.0), family.lowest + chance.whole(family.highest - family.lowest)
    notes, at = [], chance.between(0.0, 0.4)
    while at < LEAD_S + CLIP_S:
        velocity = min(1.0, max(0.2, chance.around(loud, 0.1)))
        for k, above in enumerate(chord):
            late = k * 0.12 if broken else k * chance.between(0, 0.012)
            if key + above < 120:
                notes.append(Note(at + late, max(0.05, pace * held), key + above, velocity))
        at += pace * (1 if chance.happens(0.8) else 2)
        key = min(max(key + chance.one_of(STEPS), family.lowest), family.highest)
    return notes


def beat(chance: Chance) -> list[Note]:
    """Draw drums: a groove on a grid of sixteenths, a fill, or a single drum now and then."""
    step, notes = chance.between(0.07, 0.17), []
    kind = chance.weighted({"groove": 0.6, "fill": 0.2, "single": 0.2})
    hat, snare, single = chance.one_of((*HATS, *CYMBALS)), chance.one_of(SNARES), 35 + chance.whole(25)
    for k in range(int((LEAD_S + CLIP_S) / step)):
        hits = []
        if kind == "single":
            hits += [single] if k % 4 == 0 and chance.happens(0.7) else []
        elif kind == "fill":
            hits += [chance.one_of((*TOMS, *SNARES))] if chance.happens(0.8) else []
        else:
            hits += [hat] if k % 2 == 0 or chance.happens(0.2) else []
            hits += [chance.one_of(KICK)] if k % 8 == 0 or chance.happens(0.12) else []
            hits += [snare] if k % 8 == 4 or chance.happens(0.05) else []
            hits += [chance.one_of(CYMBALS)] if chance.happens(0.03) else []
        notes += [Note(k * step, 0.1, key, chance.between(0.4, 1.0)) for key in hits]
    return notes


def _with_effects(sound: np.ndarray, family: Family, chance: Chance) -> np.ndarray:
    if chance.happens(family.effects):
        sound = saturated(sound, 10 ** chance.between(0.2, 1.5), chance.between(0, 0.3))
    if chance.happens(0.15):
        sound = chorused(sound, chance.between(0.3, 4), chance.between(0.001, 0.004), chance.between(0.2, 0.6))
    if chance.happens(0.2):
        sound = compressed(sound, chance.between(-24, -8), chance.between(2, 6))
    return sound.astype(np.float32)
