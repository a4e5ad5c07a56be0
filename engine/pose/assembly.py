"""From part maps and affinity fields to people, in four steps that can each be looked at.

    1. peaks     the local maxima of each part's map are its candidates
    2. scores    for each limb, every pair of candidates is joined by a line, and the field is added up along it
    3. matching  for each limb the best pair is taken, then the best of those left that shares no candidate, and so on
    4. people    limbs that share a candidate belong to one person

Choosing all limbs at once would be NP-hard; limb by limb along a tree, and greedily, is nearly as good.

Conventions: places in px of the network's picture; candidates of all parts are numbered in one row.

Reference: as for `parts`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pose.affinity_fields import along_limb
from engine.pose.backbone import STRIDE_PX
from engine.pose.person_crops import parabola
from engine.settings import check, integer, real

MOST_CANDIDATES = 40  # of one part


@dataclass(frozen=True)
class Assembly:
    """What counts as a peak, a limb and a person; these are best for OPENPOSE_FIGURES_V1 on figures it learned from."""

    peak: float = real(0.22, 0.02, 0.9, label="least height of a peak", step=0.01)
    sample: float = real(0.02, 0.0, 0.9, label="least L · v of a sample", step=0.01)
    share: float = real(0.5, 0.1, 1.0, label="least share of such samples", step=0.05)
    parts: int = integer(6, 1, 18, label="least parts of a person")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Candidates:
    """The peaks: part (M,) int64, ascending; places (M, 2) px; heights (M,)."""

    part: Tensor
    places: Tensor
    heights: Tensor


@dataclass(frozen=True)
class Pairs:
    """The pairs of one limb.

    Attributes:
        limb: place in `LIMBS`.
        start, end: (A,) and (B,) numbers of the candidates.
        samples: (A, B, 10), L · v along the line.
        scores: (A, B), the mean; −1 where the pair cannot be a limb.
        chosen: pairs (a, b) of candidates, in the order in which they were taken.
    """

    limb: int
    start: Tensor
    end: Tensor
    samples: Tensor
    scores: Tensor
    chosen: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Person:
    """One person: the candidate of each part, by its number, and the sum of the limbs' scores."""

    candidates: dict[int, int]
    limb_score: float


def find_peaks(maps: Tensor, least: float) -> Candidates:
    """Return the local maxima of maps (P, rows, columns) that are higher than `least`.

    Each is refined, in both directions, by the parabola through it and its neighbours; one on the border keeps the
    middle of its cell there. A bump between cells makes two or four equally high: the first counts, the others do not.
    """
    rows, columns = maps.shape[1:]
    around = F.pad(maps, (1, 1, 1, 1), value=-torch.inf)
    before = [around[:, :-2, :-2], around[:, :-2, 1:-1], around[:, :-2, 2:], around[:, 1:-1, :-2]]
    is_first = (maps > torch.stack(before)).all(0)
    is_peak = is_first & (F.max_pool2d(maps[None], 3, 1, 1)[0] == maps) & (maps > least)
    part, row, column = is_peak.nonzero().T
    heights = maps[part, row, column]
    order = torch.argsort(-heights, stable=True)
    order = order[torch.argsort(part[order], stable=True)]
    part, row, column, heights = part[order], row[order], column[order], heights[order]
    rank = torch.arange(len(part)) - torch.searchsorted(part, part)  # by height, within the part
    kept = rank < MOST_CANDIDATES
    part, row, column, heights = part[kept], row[kept], column[kept], heights[kept]
    left, right = around[part, row + 1, column], around[part, row + 1, column + 2]
    above, below = around[part, row, column + 1], around[part, row + 2, column + 1]
    x_shift = torch.where((column > 0) & (column < columns - 1), parabola(left, heights, right), 0.0)
    y_shift = torch.where((row > 0) & (row < rows - 1), parabola(above, heights, below), 0.0)
    return Candidates(part, torch.stack([column + 0.5 + x_shift, row + 0.5 + y_shift], 1) * STRIDE_PX, heights)


def score_pairs(
    fields: Tensor, found: Candidates, limbs: tuple[tuple[int, int], ...], settings: Assembly
) -> list[Pairs]:
    """Return, for each limb, all pairs of candidates with their line integrals, and the matching."""
    pairs = []
    for c, (a, b) in enumerate(limbs):
        start, end = (found.part == a).nonzero()[:, 0], (found.part == b).nonzero()[:, 0]
        samples = along_limb(fields[2 * c : 2 * c + 2], found.places[start], found.places[end])
        is_limb = (samples > settings.sample).float().mean(2) >= settings.share
        scores = torch.where(is_limb, samples.mean(2), -1.0)
        chosen = tuple((int(start[i]), int(end[j])) for i, j in match(scores))
        pairs.append(Pairs(c, start, end, samples, scores, chosen))
    return pairs


def match(scores: Tensor) -> list[tuple[int, int]]:
    """Return pairs (row, column) of scores (A, B), best first, no row and no column twice, none below 0."""
    chosen, rows, columns = [], set(), set()
    for place in scores.flatten().argsort(descending=True, stable=True).tolist():
        row, column = divmod(place, scores.shape[1])
        if scores[row, column] < 0:
            break
        if row not in rows and column not in columns:
            chosen.append((row, column))
            rows.add(row)
            columns.add(column)
    return chosen


def join(pairs: list[Pairs], limbs: tuple[tuple[int, int], ...]) -> list[Person]:
    """Return the people that the chosen limbs make up; a limb that would give somebody a second elbow is left out."""
    people: list[Person] = []
    for own in pairs:
        a, b = limbs[own.limb]
        row, column = ({int(k): n for n, k in enumerate(ends)} for ends in (own.start, own.end))
        for start, end in own.chosen:
            _add(people, (a, start), (b, end), own.scores[row[start], column[end]].item())
    return people


def assemble(
    maps: Tensor, fields: Tensor, limbs: tuple[tuple[int, int], ...], settings: Assembly
) -> tuple[Candidates, list[Pairs], list[Person]]:
    """Return what each step gives; of the people those with enough parts.

    Args:
        maps: (P, rows, columns). fields: (2 C, rows, columns).
    """
    found = find_peaks(maps, settings.peak)
    pairs = score_pairs(fields, found, limbs, settings)
    people = [one for one in join(pairs, limbs) if len(one.candidates) >= settings.parts]
    return found, pairs, people


def _add(people: list[Person], start: tuple[int, int], end: tuple[int, int], score: float) -> None:
    """Give a limb to the person who has one of its ends, join two people who have one each, or begin a new one."""
    (a, i), (b, j) = start, end
    having = [one for one in people if one.candidates.get(a) == i or one.candidates.get(b) == j]
    together: dict[int, int] = {}
    for part, candidate in [pair for one in having for pair in one.candidates.items()] + [start, end]:
        if together.setdefault(part, candidate) != candidate:
            return
    total = sum(one.limb_score for one in having) + score
    people[:] = [one for one in people if not any(one is other for other in having)] + [Person(together, total)]
