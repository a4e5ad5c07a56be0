"""Arrangements: sections of a song, and who plays in which, so that every track is silent now and then.

Conventions: positions in steps (`notes`). An excerpt begins anywhere in the form of a song, not always at its start.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.chance import Chance

# section: energy, probability that drums, bass, each part of other, and vocals are there
SECTIONS = {
    "intro": (0.5, 0.65, 0.65, 0.75, 0.2),
    "verse": (0.6, 0.92, 0.92, 0.65, 0.96),
    "chorus": (0.95, 0.97, 0.97, 0.85, 0.95),
    "bridge": (0.5, 0.7, 0.75, 0.7, 0.65),
    "solo": (0.8, 0.95, 0.95, 0.9, 0.15),
    "break": (0.4, 0.5, 0.5, 0.6, 0.4),
}
FORM = ("intro", "verse", "verse", "chorus", "verse", "chorus", "bridge", "chorus", "solo", "verse", "break", "chorus")
ABSENT = {"drums": 0.03, "bass": 0.03, "other": 0.02, "vocals": 0.06}  # from a whole song


@dataclass(frozen=True)
class Section:
    """Bars that belong together.

    Attributes:
        kind: a key of SECTIONS.
        start, length: in steps, whole bars.
        energy: 0 to 1.
        drums, bass, vocals: whether they are there.
        parts: of each part of other, whether it is there.
    """

    kind: str
    start: int
    length: int
    energy: float
    drums: bool
    bass: bool
    vocals: bool
    parts: tuple[bool, ...]


def arrange(chance: Chance, n_steps: int, bar_steps: int, n_parts: int) -> list[Section]:
    """Draw the sections that cover at least `n_steps`.

    Args:
        chance: where the choices come from.
        n_steps: the length of the song.
        bar_steps: the length of a bar.
        n_parts: how many parts `other` has.
    """
    missing = {name for name, probability in ABSENT.items() if chance.happens(probability)}
    place, at, sections = chance.whole(len(FORM)), 0, []
    while at < n_steps:
        kind = FORM[place % len(FORM)]
        energy, drums, bass, other, vocals = SECTIONS[kind]
        length = bar_steps * chance.weighted({1: 0.7, 2: 3, 4: 4, 8: 3})
        sections.append(
            Section(
                kind=kind,
                start=at,
                length=length,
                energy=min(1.0, max(0.2, chance.around(energy, 0.12))),
                drums="drums" not in missing and chance.happens(drums),
                bass="bass" not in missing and chance.happens(bass),
                vocals="vocals" not in missing and chance.happens(vocals),
                parts=_lineup(chance, other, n_parts) if "other" not in missing else (False,) * n_parts,
            )
        )
        at, place = at + length, place + 1
    if len(missing) < 3 and not any(s.drums or s.bass or s.vocals or any(s.parts) for s in sections):
        return arrange(chance, n_steps, bar_steps, n_parts)  # nobody plays at all
    return sections


def _lineup(chance: Chance, probability: float, n_parts: int) -> tuple[bool, ...]:
    """Draw which parts play; that none does is rarer than by chance."""
    there = [chance.happens(probability) for _ in range(n_parts)]
    if not any(there) and chance.happens(0.6):
        there[chance.whole(n_parts)] = True
    return tuple(there)


def drum_bars(sections: list[Section], bar_steps: int) -> list[tuple[float, float, bool]]:
    """Return the bars with drums: first step, energy, whether the section ends with it."""
    return [
        (float(bar), section.energy, bar + bar_steps >= section.start + section.length)
        for section in sections
        if section.drums
        for bar in range(section.start, section.start + section.length, bar_steps)
    ]
