"""The parts of `other`: chords struck, strummed, broken and held, lead melodies, riffs and driven guitars.

Conventions: written notes in steps (`notes`).
"""

from __future__ import annotations

from itertools import pairwise

from engine.datasets.chance import Chance
from engine.datasets.songs.harmony import Chord, Key, voicing
from engine.datasets.songs.melody import Range, chord_at, melody
from engine.datasets.songs.notes import Note

COMPS = (
    "x.......x.......", "x...x...x...x...", "x.....x.....x...", "..x...x...x...x.",
    "....x.......x...", "x..x..x...x..x..", "x.x.x.x.x.x.x.x.", "x.....xx......x.",
    "..xx..x...xx..x.", "x...............", "x.....x...x.....", "...x..x....x..x.",
)  # fmt: skip
STRUMS = (
    "d...d.u..ud.u...",
    "d.d.d.u.d.u.d.u.",
    "d..ud..ud..ud..u",
    "d.u.d.u.d.u.d.u.",
    "d...d...d...d...",
    "..u...u...u...u.",
)
CHUGS = ("xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "x..x..x..x..x.x.", "x.x.x.x.x.x.x.x.", "x...xx.xx...xx.x")


def comp(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """Chords in a rhythm that returns every bar."""
    pattern, centre = chance.one_of(COMPS), chance.between(55, 68)
    short, low = chance.one_of((0.9, 1.8, 4.0)), chance.happens(0.3)
    notes = []
    for chord in chords:
        keys = voicing(chord, centre)
        if low:
            keys = [keys[0] - 12, *keys]
        hits = [i for i in range(int(chord.length)) if pattern[(int(chord.start) + i) % bar_steps % 16] == "x"]
        for i, until in pairwise([*hits, int(chord.length)]):
            length = min(until - i, short if pattern.count("x") > 2 else 16)
            velocity = chance.between(0.55, 0.85)
            notes += [Note(chord.start + i, length * 0.95, one, velocity) for one in keys]
    return notes


def strum(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """Guitar chords of five or six strings, one after the other, down and up."""
    pattern, spread = chance.one_of(STRUMS), chance.between(0.05, 0.18)
    notes = []
    for chord in chords:
        keys = [one for one in sorted({p + 12 * o for p in chord.pitches for o in range(3, 7)}) if 40 <= one <= 72][-6:]
        for i in range(int(chord.length)):
            stroke = pattern[(int(chord.start) + i) % bar_steps % 16]
            if stroke == ".":
                continue
            order = keys if stroke == "d" else keys[::-1][:4]
            velocity = chance.between(0.6, 0.85) if stroke == "d" else chance.between(0.4, 0.65)
            length = chance.one_of((1.5, 2.0, 3.8))
            notes += [Note(chord.start + i + spread * j, length, one, velocity) for j, one in enumerate(order)]
    return notes


def arpeggio(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """Chords broken into eighths or sixteenths."""
    stride, centre = chance.one_of((2, 2, 1)), chance.between(58, 74)
    order, ring = chance.one_of(("up", "down", "up and down", "any")), chance.one_of((1.0, 2.0, 6.0))
    notes = []
    for chord in chords:
        keys = voicing(chord, centre)
        keys = [*keys, keys[0] + 12]
        keys = {"up": keys, "down": keys[::-1], "up and down": keys + keys[-2:0:-1], "any": keys}[order]
        for n, i in enumerate(range(0, int(chord.length), stride)):
            one = chance.one_of(keys) if order == "any" else keys[n % len(keys)]
            notes.append(Note(chord.start + i, stride * ring, one, chance.between(0.5, 0.8)))
    return notes


def pad(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """Chords held as long as they last."""
    centre, wide = chance.between(55, 72), chance.happens(0.4)
    notes = []
    for chord in chords:
        keys = voicing(chord, centre)
        keys = [keys[0] - 12, *keys[1:], keys[0] + 12] if wide else keys
        notes += [Note(chord.start, chord.length * 0.98, one, 0.65) for one in keys]
    return notes


def lead(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """A melody."""
    low = chance.one_of((55, 60, 64, 67))
    return melody(chance, key, chords, Range(low, low + 19, chance.between(0.3, 0.8)), bar_steps)


def riff(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """A short figure that returns every bar, bent to the chord that sounds; sometimes with its octave or fifth."""
    centre, doubled = chance.one_of((45, 52, 57, 64, 69)), chance.one_of((0, 0, 12, 7))
    hits = sorted({chance.whole(bar_steps) for _ in range(chance.whole(6) + 2)})
    figure = [(at, chance.whole(4), chance.one_of((0.8, 1.6, 3.0))) for at in hits]
    first, end = int(chords[0].start), int(chords[-1].start + chords[-1].length)
    notes = []
    for bar in range(first, end, bar_steps):
        for at, tone, length in figure:
            keys = voicing(chord_at(chords, bar + at), centre)
            one = keys[tone % len(keys)]
            if bar + at < end:
                notes += [Note(bar + at, length, k, chance.between(0.65, 0.95)) for k in {one, one + doubled}]
    return notes


def chug(chance: Chance, key: Key, chords: list[Chord], bar_steps: int) -> list[Note]:
    """Roots with fifths, in eighths or sixteenths, or held: the driven guitar of rock."""
    pattern, held = chance.one_of(CHUGS), chance.happens(0.3)
    notes = []
    for chord in chords:
        root = 40 + (chord.root - 40) % 12
        keys = (root, root + 7, root + 12)
        hits = [0] if held else [i for i in range(int(chord.length)) if pattern[i % 16] == "x"]
        for i in hits:
            length = chord.length if held else 0.9
            notes += [Note(chord.start + i, length, one, chance.between(0.7, 0.9)) for one in keys]
    return notes


WRITERS = {"comp": comp, "strum": strum, "arpeggio": arpeggio, "pad": pad, "lead": lead, "riff": riff, "chug": chug}
