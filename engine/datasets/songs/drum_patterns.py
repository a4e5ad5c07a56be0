"""Drum patterns: one bar as a row of steps for each piece, varied, with ghost notes, fills and crashes.

Conventions: in a row `x` is a stroke, `X` an accent, `g` a ghost note (very soft), `.` none. A row of 16 steps is 4/4;
3/4 and 6/8 have rows of 12 of their own. Keys are General MIDI's percussion map.
"""

from __future__ import annotations

from engine.datasets.chance import Chance
from engine.datasets.songs.notes import Note

KICK, STICK, SNARE, CLAP, CLOSED, PEDAL, OPEN = 36, 37, 38, 39, 42, 44, 46
CRASHES, RIDE, BELL, TOMS = (49, 57, 55), 51, 53, (50, 48, 47, 45, 43, 41)
TAMBOURINE, COWBELL, SHAKER, CONGAS, CLAVES = 54, 56, 70, (62, 63, 64), 75
STROKES = {"x": 0.78, "X": 0.97, "g": 0.28}
ROW = dict[int, str]

BEATS: dict[str, tuple[ROW, ...]] = {
    "rock": (
        {KICK: "X.......X.......", SNARE: "....X.......X...", CLOSED: "X.x.X.x.X.x.X.x."},
        {KICK: "X.....x.X.......", SNARE: "....X.......X...", CLOSED: "X.x.X.x.X.x.X.x."},
        {KICK: "X.x.....X.x.....", SNARE: "....X.......X..g", RIDE: "X.x.x.x.X.x.x.x."},
        {KICK: "X.....x...x.....", SNARE: "....X.......X...", CLOSED: "XxxxXxxxXxxxXxxx"},
        {KICK: "X...x...X...x...", SNARE: "....X.......X...", OPEN: "x...x...x...x..."},
    ),
    "half": (
        {KICK: "X.........x.....", SNARE: "........X.......", CLOSED: "X...x...X...x..."},
        {KICK: "X.....x.....x...", SNARE: "........X.......", RIDE: "X.x.x.x.X.x.x.x."},
        {KICK: "X.............x.", STICK: "........X.......", CLOSED: "x.x.x.x.x.x.x.x."},
    ),
    "double": ({KICK: "X...X...X...X...", SNARE: "..X...X...X...X.", CLOSED: "X.x.X.x.X.x.X.x."},),
    "floor": (
        {KICK: "X...X...X...X...", CLAP: "....X.......X...", OPEN: "..x...x...x...x."},
        {KICK: "X...X...X...X...", SNARE: "....X.......X...", CLOSED: "xxXxxxXxxxXxxxXx"},
        {KICK: "X...X...X...X..x", CLAP: "....X.......X...", OPEN: "..X...X...X...X.", SHAKER: "xgxgxgxgxgxgxgxg"},
        {KICK: "X...X...X...X...", TAMBOURINE: "..x...x...x...x.", CLOSED: "x.x.x.x.x.x.x.x."},
    ),
    "funk": (
        {KICK: "X..x..x...x..x..", SNARE: "....X..g.g..X..g", CLOSED: "XxxxXxxxXxxxXxxx"},
        {KICK: "X.x.......x..x..", SNARE: "....X.g..g..X.gg", CLOSED: "X.x.X.x.X.x.X.x."},
        {KICK: "X......x..x.....", SNARE: "....X..g.g..X...", CLOSED: "xxx.xxx.xxx.xx..", OPEN: "...............x"},
    ),
    "jazz": (
        {RIDE: "X...X.x.X...X.x.", PEDAL: "....x.......x...", KICK: "g.......g.......", SNARE: "......g.......g."},
        {RIDE: "X...X.x.X...X.x.", PEDAL: "....x.......x...", SNARE: "..........g....."},
        {CLOSED: "X...X.x.X...X.x.", KICK: "x.......x.......", STICK: "............x..."},
    ),
    "brush": (
        {SNARE: "g.g.x.g.g.g.x.g.", KICK: "x.......x.......", PEDAL: "....x.......x..."},
        {SNARE: "gggggggggggggggg", KICK: "x.......g.......", STICK: "....x.......x..."},
    ),
    "shuffle": (
        {KICK: "X.......X.....x.", SNARE: "....X.......X...", CLOSED: "X.x.X.x.X.x.X.x."},
        {KICK: "X...x...X...x...", SNARE: "..g.X.g...g.X.g.", RIDE: "X.x.X.x.X.x.X.x."},
    ),
    "break": (
        {KICK: "X.x.......xx....", SNARE: "....X..g.g..X..g", CLOSED: "x.x.x.x.x.x.x.x."},
        {KICK: "X.x.......x.....", SNARE: "....X..x.x....X.", RIDE: "x.x.x.x.x.x.x.x."},
    ),
    "hiphop": (
        {KICK: "X..x......X.....", SNARE: "....X.......X...", CLOSED: "x.x.x.x.x.x.x.x."},
        {KICK: "X......xX.x.....", SNARE: "....X.......X..g", CLOSED: "x.xxx.x.x.x.x.xx"},
    ),
    "trap": (
        {KICK: "X.....x...x.....", CLAP: "........X.......", CLOSED: "xxxxxxxxxxxxxxxx"},
        {KICK: "X..........x..x.", SNARE: "........X.......", CLOSED: "x.x.xxx.x.x.x.xx", OPEN: "..............x."},
    ),
    "bossa": ({KICK: "X.....xxX.....xx", STICK: "x..x..x...x..x..", CLOSED: "xxxxxxxxxxxxxxxx"},),
    "latin": (
        {KICK: "X.....x.X.....x.", CLAVES: "x..x..x...x.x...",
         CONGAS[1]: "..x...x...x...xx", COWBELL: "X.x.X.x.X.x.X.x."},
        {KICK: "X..x..x.X..x..x.", STICK: "...x...x..x...x.", SHAKER: "XgxgXgxgXgxgXgxg",
         CONGAS[0]: "......xx......x."},
    ),
    "reggae": (
        {KICK: "........X.......", STICK: "........X.......", CLOSED: "x.X.x.X.x.X.x.X."},
        {KICK: "X...X...X...X...", SNARE: "........X.......", CLOSED: "x.xxx.x.x.xxx.x."},
    ),
    "train": (
        {SNARE: "xgXgxgXgxgXgxgXg", KICK: "X...X...X...X..."},
        {KICK: "X.......X.......", SNARE: "....X.......X...", SHAKER: "x.x.x.x.x.x.x.x."},
    ),
}  # fmt: skip
THREE: tuple[ROW, ...] = (
    {KICK: "X...........", SNARE: "....x...x...", CLOSED: "x.x.x.x.x.x."},
    {KICK: "X.......x...", STICK: "....x.......", RIDE: "X...x.x.x..."},
    {KICK: "X.....x.....", SNARE: "........X...", CLOSED: "x...x...x..."},
)
SIX: tuple[ROW, ...] = (
    {KICK: "X...........", SNARE: "......X.....", CLOSED: "X.x.x.X.x.x."},
    {KICK: "X.......x.x.", SNARE: "......X....g", RIDE: "X.x.x.X.x.x."},
    {KICK: "X...x.......", STICK: "......X.....", CLOSED: "x.x.x.x.x.x."},
)


def random_bar(chance: Chance, beat: str, metre: str) -> ROW:
    """Draw one bar: a pattern of the beat, a little changed."""
    row = dict(chance.one_of(BEATS[beat] if metre == "4/4" else THREE if metre == "3/4" else SIX))
    for key, steps in row.items():
        row[key] = "".join(_changed(chance, key, step, i) for i, step in enumerate(steps))
    hats = next((key for key in (CLOSED, RIDE, OPEN) if key in row), None)
    if hats is not None and chance.happens(0.25):  # the hand moves to another cymbal
        row[chance.one_of((RIDE, BELL, OPEN, CLOSED, SHAKER, TAMBOURINE))] = row.pop(hats)
    if SNARE in row and chance.happens(0.2):
        row[chance.one_of((CLAP, 40, STICK))] = row[SNARE]
    if chance.happens(0.15):
        row[chance.one_of((TAMBOURINE, SHAKER, COWBELL))] = ("x.g." * 4)[: len(next(iter(row.values())))]
    return row


def _changed(chance: Chance, key: int, step: str, i: int) -> str:
    if step == "." and key == KICK and i % 2 == 0 and chance.happens(0.06):
        return "x"
    if step == "." and key == SNARE and chance.happens(0.05):
        return "g"
    if step == "x" and chance.happens(0.05):
        return "."
    return step


def bar_notes(row: ROW, first_step: float, energy: float) -> list[Note]:
    """Return a bar's strokes; energy 0 to 1 is how hard they are."""
    force = 0.6 + 0.4 * energy
    return [
        Note(first_step + i, 1.0, key, STROKES[step] * force)
        for key, steps in row.items()
        for i, step in enumerate(steps)
        if step != "."
    ]


def fill(chance: Chance, first_step: float, n_steps: int, energy: float) -> list[Note]:
    """Return a fill of `n_steps`: snare and toms, mostly going down, with a kick under it now and then."""
    notes, tom = [], 0
    kind = chance.one_of(("toms", "snare", "mixed"))
    stride = chance.one_of((1, 1, 2))
    for i in range(0, n_steps, stride):
        if chance.happens(0.12):
            continue
        tom = min(tom + chance.happens(0.45), len(TOMS) - 1)
        key = SNARE if kind == "snare" or (kind == "mixed" and chance.happens(0.5)) else TOMS[tom]
        rising = 0.55 + 0.4 * i / n_steps
        notes.append(Note(first_step + i, 1.0, key, rising * (0.6 + 0.4 * energy)))
        if chance.happens(0.25):
            notes.append(Note(first_step + i, 1.0, KICK, 0.8))
    return notes


def drum_part(
    chance: Chance, beat: str, metre: str, bars: list[tuple[float, float, bool]], bar_steps: int
) -> list[Note]:
    """Return the written drum part.

    Args:
        chance: where the choices come from.
        beat: a key of BEATS.
        metre: a key of METRES.
        bars: of each bar with drums its first step, its energy, and whether a section ends with it.
        bar_steps: how long a bar is.
    """
    main = random_bar(chance, beat, metre)
    rows = {False: [main, main, random_bar(chance, beat, metre)], True: [random_bar(chance, beat, metre)]}
    notes, crash = [], chance.happens(0.5)
    for first, energy, is_last in bars:
        strokes = bar_notes(chance.one_of(rows[energy > 0.8]), first, energy)
        if is_last and chance.happens(0.75):
            length = chance.one_of((4, 4, 8, bar_steps)) if bar_steps == 16 else chance.one_of((4, 6))
            begin = first + bar_steps - length
            strokes = [note for note in strokes if note.start < begin] + fill(chance, begin, length, energy)
        if crash:
            strokes.append(Note(first, 8.0, chance.one_of(CRASHES), 0.85))
        notes += strokes
        crash = is_last and chance.happens(0.7)
    return notes
