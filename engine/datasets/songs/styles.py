"""The styles that songs are drawn from: what makes a ballad other than a samba, as numbers.

Programmes are General MIDI's, counted from 0; drum kits are the presets of its bank 128.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PIANO, ELECTRIC_PIANO, ORGAN = (0, 1, 2, 3), (4, 5, 7), (16, 17, 18, 19)
ACOUSTIC_GUITAR, CLEAN_GUITAR, DRIVEN_GUITAR = (24, 25), (26, 27, 28), (29, 30)
STRINGS, BRASS, SYNTH_PAD, SYNTH_LEAD = (
    (48, 49, 50, 51),
    (61, 62, 63, 57, 60),
    tuple(range(88, 96)),
    tuple(range(80, 88)),
)
MALLETS, PLUCKED, SQUEEZED = (8, 9, 10, 11, 12, 13), (46, 105, 104, 107, 15), (21, 22, 23)
SOLO = (40, 41, 42, 56, 57, 59, 64, 65, 66, 67, 68, 71, 73, 75, 22, 26, 27, 29, 30, 106)

# Who can play which part; the numbers are weights of families.
PLAYERS = {
    "comp": {PIANO: 5, ELECTRIC_PIANO: 3, ORGAN: 2, CLEAN_GUITAR: 2, SQUEEZED: 0.5, BRASS: 0.5},
    "strum": {ACOUSTIC_GUITAR: 5, CLEAN_GUITAR: 3, DRIVEN_GUITAR: 1, PLUCKED: 0.3},
    "arpeggio": {
        PIANO: 3,
        ACOUSTIC_GUITAR: 3,
        CLEAN_GUITAR: 2,
        MALLETS: 2,
        PLUCKED: 1,
        SYNTH_LEAD: 1,
        ELECTRIC_PIANO: 1,
    },
    "pad": {STRINGS: 5, SYNTH_PAD: 4, ORGAN: 3, BRASS: 0.7, SQUEEZED: 0.5},
    "lead": {SOLO: 6, SYNTH_LEAD: 2, PIANO: 1, MALLETS: 1, ORGAN: 0.5},
    "riff": {DRIVEN_GUITAR: 3, CLEAN_GUITAR: 2, BRASS: 3, SYNTH_LEAD: 2, PIANO: 1, ELECTRIC_PIANO: 1, STRINGS: 1},
    "chug": {DRIVEN_GUITAR: 6, CLEAN_GUITAR: 1},
}
CHORDS_OF = {"plain": {3: 6, 4: 2, 2: 0.5}, "rich": {4: 6, 5: 3}, "bare": {2: 5, 3: 4}}


@dataclass(frozen=True)
class Style:
    """What one kind of music prefers; every number is a weight where it stands in a table.

    Attributes:
        tempo_bpm: the range of its tempo.
        metres: of METRES.
        swing: the least and the most swing.
        harmony: "loop", "jazz" or "blues".
        chords: a key of CHORDS_OF.
        beats: drum patterns, of `drum_patterns.BEATS`.
        kits: drum kits, General MIDI.
        basses: bass instruments, General MIDI; −1 is a synthesiser of our own.
        lines: ways of the bass, of `bass_lines.LINES`.
        parts: of PLAYERS.
        n_parts: how many of these there are.
    """

    tempo_bpm: tuple[float, float]
    beats: dict[str, float]
    basses: dict[int, float]
    lines: dict[str, float]
    parts: dict[str, float]
    metres: dict[str, float] = field(default_factory=lambda: {"4/4": 1.0})
    swing: tuple[float, float] = (0.0, 0.0)
    harmony: str = "loop"
    chords: str = "plain"
    kits: tuple[int, ...] = (0, 8, 16)
    n_parts: tuple[int, int] = (1, 4)


STYLES = {
    "pop": Style(
        (85, 135), {"rock": 4, "floor": 3, "half": 1, "funk": 1}, {33: 3, 34: 2, 38: 1, 39: 1, -1: 3},
        {"eighths": 3, "roots": 3, "groove": 3, "octaves": 1},
        {"comp": 3, "strum": 3, "pad": 3, "arpeggio": 3, "lead": 2, "riff": 1},
        {"4/4": 9, "6/8": 1}, kits=(0, 8, 16, 24),
    ),
    "rock": Style(
        (95, 175), {"rock": 6, "half": 1, "double": 1}, {33: 2, 34: 5}, {"eighths": 5, "roots": 2, "groove": 2},
        {"chug": 4, "strum": 2, "riff": 3, "lead": 2, "comp": 1, "pad": 1}, {"4/4": 9, "6/8": 1, "3/4": 0.5},
        chords="bare", kits=(0, 8, 16, 1, 9),
    ),
    "ballad": Style(
        (60, 85), {"half": 3, "rock": 3, "brush": 1}, {33: 4, 35: 3, 32: 2, -1: 1},
        {"roots": 5, "groove": 2, "walking": 0.5},
        {"arpeggio": 4, "comp": 4, "pad": 5, "lead": 2, "strum": 2}, {"4/4": 6, "3/4": 2, "6/8": 3},
    ),
    "funk": Style(
        (88, 122), {"funk": 6, "rock": 1}, {33: 3, 36: 3, 37: 3, 34: 1, -1: 1}, {"groove": 6, "octaves": 2},
        {"comp": 3, "riff": 5, "strum": 2, "lead": 2, "pad": 1}, swing=(0.0, 0.35), chords="rich", kits=(0, 8, 16, 1),
    ),
    "jazz": Style(
        (80, 180), {"jazz": 6, "brush": 3, "bossa": 2}, {32: 8, 35: 1, 33: 1}, {"walking": 7, "roots": 1, "groove": 1},
        {"comp": 5, "lead": 5, "pad": 1, "arpeggio": 1, "riff": 1}, {"4/4": 6, "3/4": 2}, (0.6, 1.0), "jazz", "rich",
        (32, 40, 33, 0),
    ),
    "blues": Style(
        (70, 140), {"shuffle": 5, "jazz": 1, "rock": 1}, {33: 4, 34: 2, 32: 2}, {"walking": 4, "shuffle": 4},
        {"comp": 4, "strum": 2, "lead": 4, "riff": 3}, swing=(0.7, 1.0), harmony="blues",
    ),
    "dance": Style(
        (112, 145), {"floor": 7, "break": 1}, {38: 2, 39: 2, -1: 8},
        {"offbeat": 3, "octaves": 3, "eighths": 2, "groove": 2},
        {"pad": 3, "arpeggio": 4, "riff": 4, "lead": 2, "comp": 3}, kits=(24, 25, 16),
    ),
    "hiphop": Style(
        (62, 105), {"hiphop": 5, "trap": 4, "break": 1}, {33: 2, 38: 2, 39: 1, -1: 6}, {"groove": 4, "roots": 4},
        {"comp": 3, "arpeggio": 3, "pad": 3, "riff": 3, "lead": 1}, swing=(0.0, 0.5), chords="rich", kits=(25, 24, 0),
        n_parts=(1, 3),
    ),
    "latin": Style(
        (90, 140), {"bossa": 4, "latin": 5}, {32: 3, 33: 4, 35: 2}, {"latin": 6, "groove": 1},
        {"comp": 4, "strum": 4, "lead": 3, "riff": 2, "arpeggio": 1}, chords="rich", kits=(0, 8, 32),
    ),
    "reggae": Style(
        (66, 95), {"reggae": 6, "half": 1}, {33: 5, 34: 1, -1: 2}, {"groove": 6, "roots": 1},
        {"comp": 4, "strum": 4, "pad": 2, "riff": 1, "lead": 1}, swing=(0.0, 0.5),
    ),
    "folk": Style(
        (75, 150), {"brush": 2, "train": 3, "rock": 2}, {32: 4, 33: 3}, {"alternating": 6, "roots": 2},
        {"strum": 6, "arpeggio": 4, "lead": 3, "comp": 1, "pad": 0.5},
        {"4/4": 5, "3/4": 3, "6/8": 1.5}, kits=(0, 40, 8),
    ),
}  # fmt: skip
