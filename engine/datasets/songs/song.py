"""Making songs from a seed: style, key, tempo, arrangement and parts are drawn, played, mixed and mastered.

Song i of a seed depends on the seed, on i, on the length asked for, and on the sounds. It is an excerpt: it begins
anywhere in a bar and a form, and stops in the middle.

Conventions: stems are float32 (4, 2, T) at 44.1 kHz in [−1, 1], in the order drums, bass, other, vocals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.drawn_size import check_whole
from engine.datasets.songs.arrangement import Section, arrange, drum_bars
from engine.datasets.songs.bass_lines import bass_part
from engine.datasets.songs.drum_patterns import KICK, drum_part
from engine.datasets.songs.effects import high_cut, random_response
from engine.datasets.songs.harmony import Chord, Key, progression, random_key
from engine.datasets.songs.mixing import LEVELS_DB, STEMS, at_level, mastered
from engine.datasets.songs.notes import METRES, Clock
from engine.datasets.songs.parts import WRITERS
from engine.datasets.songs.singers import vocals
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ, Sounds
from engine.datasets.songs.styles import CHORDS_OF, STYLES, Style
from engine.datasets.songs.tracks import Studio, bass_track, drum_track, ducked, other_track
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator

MIN_S, MAX_SONG_S = 1.0, 600.0
LEAD_IN_S = 1.5  # at most this much is played before the excerpt begins, so that it may begin within a note


@dataclass(frozen=True, eq=False)
class Song:
    """A song as separate tracks.

    Attributes:
        stems: (4, 2, T) float32 in [−1, 1].
        sample_rate: 44100 Hz.
        names: of the stems.
        tempo_bpm: its beats in a minute; in 6/8 a beat is a dotted quarter.
        style: a key of `styles.STYLES`.
    """

    stems: Tensor
    sample_rate: int
    names: tuple[str, ...]
    tempo_bpm: float
    style: str

    @property
    def mix(self) -> Tensor:
        """Return the song (2, T): the sum of its stems, in [−1, 1]."""
        return self.stems.sum(0)


@dataclass(frozen=True)
class Score:
    """What is written of a song before it is played."""

    style: Style
    key: Key
    metre: str
    sections: list[Section]
    chords: list[list[Chord]]
    parts: tuple[str, ...]


def make_song(index: int, seed: int, duration_s: float, sounds: Sounds) -> Song:
    """Return song `index` of a seed, `duration_s` long (1 to 600 s).

    Raises:
        InvalidInput: an index, a seed or a length that cannot be used.
        EngineError: the sounds cannot be used (`Sounds`).
    """
    check_whole("index", index, 0, 2**31)
    if not MIN_S <= duration_s <= MAX_SONG_S:
        raise InvalidInput(constraint("duration_s", f"from {MIN_S:g} to {MAX_SONG_S:g} s", duration_s))
    chance = Chance(generator(child_seed(seed, f"song {index}")))
    name = chance.one_of(tuple(STYLES))
    style = STYLES[name]
    metre = chance.weighted(style.metres)
    tempo_bpm = chance.between(*style.tempo_bpm) * (0.7 if metre == "6/8" else 1.0)
    bar_steps, beat_steps = METRES[metre]
    bar_s = 60 / tempo_bpm * bar_steps / beat_steps
    n_bars = int((duration_s + LEAD_IN_S) / bar_s) + 2
    mechanical = chance.happens(0.6 if name in ("dance", "hiphop", "pop") else 0.1)
    drift = None if mechanical else np.cumsum((chance.numbers(n_bars) - 0.5) * 0.008)
    clock = Clock(metre, tempo_bpm, chance.between(*style.swing), 2 if name in ("funk", "hiphop") else 4, drift)
    score = write(chance, style, metre, n_bars)
    skipped = round(chance.between(0, min(bar_s, LEAD_IN_S)) * SAMPLE_RATE_HZ)
    n_samples = round(duration_s * SAMPLE_RATE_HZ)
    stems = record(chance, score, studio(chance, sounds, clock, skipped + n_samples, mechanical), name == "dance")
    stems = mastered(stems[:, :, skipped:], chance)
    return Song(torch.from_numpy(np.ascontiguousarray(stems)), SAMPLE_RATE_HZ, STEMS, tempo_bpm, name)


def write(chance: Chance, style: Style, metre: str, n_bars: int) -> Score:
    """Draw key, parts, and sections of at least `n_bars` bars; a kind of section keeps its chords."""
    bar_steps = METRES[metre][0]
    key = random_key(chance)
    n_parts = style.n_parts[0] + chance.whole(style.n_parts[1] - style.n_parts[0] + 1)
    parts = tuple(chance.weighted(style.parts) for _ in range(n_parts))
    sections = arrange(chance, n_bars * bar_steps, bar_steps, n_parts)
    n_tones = chance.weighted(CHORDS_OF[style.chords])
    chord_steps = bar_steps * chance.weighted({1: 6, 0.5: 2, 2: 1.5})
    seeds = {section.kind: chance.whole(2**31) for section in sections}
    chords = [
        progression(
            Chance(generator(seeds[section.kind])),
            key,
            style.harmony,
            n_tones,
            section.start,
            section.length,
            chord_steps,
        )
        for section in sections
    ]
    return Score(style, key, metre, sections, chords, parts)


def studio(chance: Chance, sounds: Sounds, clock: Clock, n_samples: int, mechanical: bool) -> Studio:
    """Draw what the tracks share: tuning and the mastering equaliser, which may cut the treble as lossy formats do."""
    master = random_response(chance) ** 0.4
    if chance.happens(0.3):
        master = master * high_cut(chance.between(12_000, 17_000)) ** 2
    cents = chance.around(0, 8) if chance.happens(0.7) else chance.between(-50, 50)
    return Studio(sounds, clock, n_samples, cents, master, mechanical)


def record(chance: Chance, score: Score, studio: Studio, ducking: bool) -> np.ndarray:
    """Return the stems (4, 2, T) of a score, each at its level."""
    style, (bar_steps, beat_steps) = score.style, METRES[score.metre]
    sections = list(zip(score.sections, score.chords, strict=True))
    silence = np.zeros((2, studio.n_samples), np.float32)
    bars = drum_bars(score.sections, bar_steps)
    strokes = drum_part(chance, chance.weighted(style.beats), score.metre, bars, bar_steps)
    kit = chance.one_of(style.kits if chance.happens(0.8) else (0, 8, 16, 24, 25, 32, 40))
    drums = drum_track(chance, studio, strokes, kit) if strokes else silence
    line = chance.weighted(style.lines)
    low = [note for part, chords in sections if part.bass for note in bass_part(chance, line, chords, beat_steps)]
    bass = bass_track(chance, studio, low, chance.weighted(style.basses)) if low else silence
    other = silence.copy()
    for i, kind in enumerate(score.parts):
        seed = chance.whole(2**31)  # the same part in every section: patterns return, chords differ
        notes = [
            note
            for part, chords in sections
            if part.parts[i]
            for note in WRITERS[kind](Chance(generator(seed)), score.key, chords, bar_steps)
        ]
        if notes:
            other += at_level(other_track(chance, studio, kind, notes), chance.around(-20, 3))
    if ducking and chance.happens(0.5):
        kicks = [float(studio.clock.seconds(note.start)) for note in strokes if note.key == KICK]
        bass, other = (ducked(sound, kicks, chance.between(0.3, 0.9)) for sound in (bass, other))
    sung = vocals(chance, studio, score.key, sections, bar_steps)
    levels = [chance.around(*LEVELS_DB[name]) for name in STEMS]
    stems = (drums, bass, other, silence if sung is None else sung)
    return np.stack([at_level(sound, level) for sound, level in zip(stems, levels, strict=True)])
