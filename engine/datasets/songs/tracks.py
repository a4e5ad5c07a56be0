"""Tracks: written parts become sound: who plays them, how loosely, and through which effects.

Conventions: sound is float32 (2, T) at 44.1 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.datasets.chance import Chance
from engine.datasets.songs.drum_machine import MADE_HERE, drum_set, strike
from engine.datasets.songs.effects import (
    chorused,
    compressed,
    filtered,
    high_cut,
    low_cut,
    placed,
    random_response,
    saturated,
)
from engine.datasets.songs.font_player import DRUMS, find_patch, play
from engine.datasets.songs.notes import Clock, Note, played
from engine.datasets.songs.rooms import background, echo, room, together
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ, Sounds
from engine.datasets.songs.styles import (
    ACOUSTIC_GUITAR,
    CLEAN_GUITAR,
    DRIVEN_GUITAR,
    PLAYERS,
    SOLO,
    SYNTH_LEAD,
    SYNTH_PAD,
)
from engine.datasets.songs.synthesiser import random_timbre, synthesise

GUITARS = (*ACOUSTIC_GUITAR, *CLEAN_GUITAR, *DRIVEN_GUITAR)


@dataclass(frozen=True)
class Studio:
    """What all tracks of a song share.

    Attributes:
        sounds: the fonts.
        clock: the tempo.
        n_samples: the length.
        cents: how far the song is tuned off 440 Hz.
        master: response (4097,) of the mastering equaliser; as it is linear, each track goes through it.
        mechanical: whether a machine plays, without deviations.
    """

    sounds: Sounds
    clock: Clock
    n_samples: int
    cents: float
    master: np.ndarray
    mechanical: bool

    def perform(self, notes: list[Note], chance: Chance, loose_s: float) -> list[Note]:
        """Return written notes as they are played in this song."""
        if self.mechanical:
            return played(notes, self.clock, chance, 0.0005, 0.03)
        return played(notes, self.clock, chance, loose_s, 0.07, chance.around(0.0, 0.006))


def drum_track(chance: Chance, studio: Studio, notes: list[Note], kit: int) -> np.ndarray:
    """Return the sound of drums: a kit of a font, a drum machine, or a machine's kick and snare in a kit."""
    notes = studio.perform(notes, chance, 0.006)
    machine = 0.75 if kit in (24, 25) else 0.15
    made = set(MADE_HERE) if chance.happens(machine) else set()
    if not made and chance.happens(0.15):
        made = {36, 38, 40}
    patch = find_patch(chance, studio.sounds, DRUMS, kit)
    sound = play([note for note in notes if note.key not in made], patch, studio.n_samples)
    sound = placed(sound, 0.0, chance.between(0.4, 1.3))
    if made:
        other = strike([note for note in notes if note.key in made], drum_set(chance), studio.n_samples, chance)
        sound = sound / max(np.abs(sound).max(), 1e-3) * chance.between(0.3, 0.9) + other
    if chance.happens(0.5):
        sound = compressed(sound, chance.between(-24, -8), chance.between(2, 6), chance.between(0.002, 0.03))
    if chance.happens(0.35):
        sound = saturated(sound, chance.between(0.5, 4))
    return finished(
        chance, studio, sound, wet=0.35 if chance.happens(0.8) else 0.0, cut=None, rooms=("room", "room", "plate")
    )


def bass_track(chance: Chance, studio: Studio, notes: list[Note], program: int) -> np.ndarray:
    """Return the sound of a bass; program −1 is a synthesiser."""
    notes = studio.perform(notes, chance, 0.006)
    if program < 0:
        sound = synthesise(notes, random_timbre(chance, "bass"), studio.n_samples, studio.cents)
    else:
        sound = play(notes, find_patch(chance, studio.sounds, 0, program), studio.n_samples, studio.cents, vibrato=0.02)
    if chance.happens(0.6):
        sound = compressed(sound, chance.between(-20, -8), chance.between(2, 8))
    if chance.happens(0.35):
        sound = saturated(sound, chance.between(0.7, 5), chance.between(0, 0.3))
    sound = placed(sound, chance.around(0, 0.03), chance.between(0.0, 0.6))
    return finished(chance, studio, sound, wet=0.12 if chance.happens(0.25) else 0.0, cut=(20, 45), rooms=("room",))


def other_track(chance: Chance, studio: Studio, kind: str, notes: list[Note]) -> np.ndarray:
    """Return the sound of one part of `other`; a strummed or driven guitar may be played twice, left and right."""
    family = chance.weighted(PLAYERS[kind])
    program = chance.one_of(family)
    synthetic = family in (SYNTH_PAD, SYNTH_LEAD) and chance.happens(0.7)
    timbre = random_timbre(chance, "pad" if kind == "pad" else "lead") if synthetic else None
    patch = find_patch(chance, studio.sounds, 0, program)
    vibrato = chance.between(0.02, 0.35) if kind == "lead" and program in SOLO else 0.0

    def take() -> np.ndarray:
        heard = studio.perform(notes, chance, 0.012)
        if timbre is not None:
            return synthesise(heard, timbre, studio.n_samples, studio.cents)
        return play(heard, patch, studio.n_samples, studio.cents + chance.around(0, 3), vibrato)

    doubled = program in GUITARS and not synthetic and kind in ("strum", "chug", "riff") and chance.happens(0.4)
    if doubled:
        apart = chance.between(0.4, 1.0)
        sound = sum(placed(_amplified(chance, take(), program), side * apart, 0.2) for side in (-1, 1))
    else:
        place = 0.0 if kind == "pad" else chance.around(0, 0.3)
        sound = placed(_amplified(chance, take(), program), min(max(place, -0.9), 0.9), chance.between(0.0, 1.1))
    if chance.happens(0.3):
        sound = chorused(sound, chance.between(0.15, 1.2), chance.between(0.001, 0.005), chance.between(0.3, 0.8))
    if chance.happens(0.3):
        sound = compressed(sound, chance.between(-20, -8), chance.between(1.5, 5))
    wet = chance.between(0.1, 0.55) if chance.happens(0.85) else 0.0
    return finished(chance, studio, sound, wet=wet, cut=(30, 250), rooms=("room", "plate", "hall"))


def _amplified(chance: Chance, sound: np.ndarray, program: int) -> np.ndarray:
    """Return a guitar through an amplifier, sometimes; the loudspeaker lets little through above 5 kHz."""
    driven = program in DRIVEN_GUITAR
    if program not in GUITARS or not chance.happens(0.6 if driven else 0.12):
        return saturated(sound, chance.between(0.5, 2)) if chance.happens(0.1) else sound
    sound = saturated(sound, chance.between(3, 25), chance.between(0, 0.2))
    return filtered(sound, high_cut(chance.between(3000, 6500)) * low_cut(chance.between(60, 110)))


def vocal_track(chance: Chance, studio: Studio, voices: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Return the sound of singers, each (T,) with a place from −1 to 1, through one chain of effects."""
    sound = np.zeros((2, studio.n_samples), np.float32)
    for voice, place in voices:
        sound += placed(np.stack([voice, voice]), place, 1.0)
    if chance.happens(0.85):
        sound = compressed(sound, chance.between(-22, -10), chance.between(2, 6), 0.005, chance.between(0.06, 0.2))
    if chance.happens(0.2):
        sound = saturated(sound, chance.between(0.7, 4))
    wet = chance.between(0.0, 0.25) if chance.happens(0.6) else chance.between(0.25, 0.6)
    return finished(chance, studio, sound, wet=wet, cut=(70, 160), rooms=("plate", "hall", "room"), echoes=0.35)


def finished(
    chance: Chance,
    studio: Studio,
    sound: np.ndarray,
    wet: float,
    cut: tuple[float, float] | None,
    rooms: tuple[str, ...],
    echoes: float = 0.15,
) -> np.ndarray:
    """Return a track through its equaliser, a room, perhaps an echo in time, and the master's equaliser."""
    response = random_response(chance, cut) * studio.master
    if chance.happens(0.2):
        sound = sound + background(chance, studio.n_samples, np.abs(sound).max() * 10 ** (-chance.between(55, 80) / 20))
    around = [room(chance, chance.one_of(rooms), wet)] if wet > 0.02 else []
    if chance.happens(echoes):
        delay_s = studio.clock.step_s * chance.one_of((1, 2, 3, 4))
        around.append(echo(chance, min(delay_s, 0.5), chance.between(0.1, 0.35)))
    return filtered(sound, response, together(*around) if around else None)


def ducked(sound: np.ndarray, kicks_s: list[float], depth: float) -> np.ndarray:
    """Return sound that is turned down by `depth` at each stroke of the kick, and comes back within 0.25 s."""
    t = np.arange(sound.shape[1], dtype=np.float32)
    starts = np.unique(np.round(np.array(kicks_s) * SAMPLE_RATE_HZ))
    if not len(starts):
        return sound
    last = np.searchsorted(starts, t, side="right") - 1
    since = np.where(last >= 0, t - starts[np.maximum(last, 0)], 1e9)
    return sound * (1 - depth * np.clip(1 - since / (0.25 * SAMPLE_RATE_HZ), 0, 1)).astype(np.float32)
