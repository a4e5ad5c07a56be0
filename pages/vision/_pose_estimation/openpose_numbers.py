"""What OpenPose saw in a picture, put together again with the present settings, and its numbers as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.pose.affinity_fields import N_SAMPLES, samples_between
from engine.pose.assembly import Assembly, find_peaks, join, score_pairs
from engine.pose.backbone import STRIDE_PX
from engine.pose.parts import LIMBS, PARTS
from pages._ui.session import remember
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation.method_settings import PART_NAMES

if TYPE_CHECKING:
    from engine.pose.assembly import Candidates, Pairs, Person
    from pages._ui.pictures import Picture

NO_LIMB = "no limb"  # what is said of a pair of which too few samples agree


@dataclass(frozen=True, eq=False)
class Assembled:
    """Every step for a picture.

    Attributes:
        scale: (2,) the picture's pixels × scale = the network's.
        maps, fields: (18, rows, columns) and (34, rows, columns).
        found, pairs: as `engine.pose.assembly` makes them.
        people: all of them. n_people: how many have enough parts; they come first.
    """

    scale: np.ndarray
    maps: np.ndarray
    fields: np.ndarray
    found: Candidates
    pairs: list[Pairs]
    people: list[Person]
    n_people: int

    @property
    def cell(self) -> np.ndarray:
        """(2,) px of the picture, the width and the height of one cell of a map."""
        return STRIDE_PX / self.scale

    @property
    def extent(self) -> list[float]:
        """Where the maps lie in the picture; they may go beyond its right and its lower edge."""
        rows, columns = self.maps.shape[1:]
        wide, high = self.cell.tolist()
        return [0.0, columns * wide, 0.0, rows * high]

    @property
    def places(self) -> np.ndarray:
        """(M, 2) the candidates in the picture's pixels."""
        return self.found.places.numpy() / self.scale


@dataclass(frozen=True)
class Pair:
    """One pair of candidates of a limb.

    Attributes:
        a, b: their places among the limb's starts and ends.
        samples: (10,) L · v along the line.
        share: of the samples, how many are high enough. integral: their mean.
        said: what the matching did with the pair.
        order: as which it was taken, from 1; 0 if it was not.
    """

    a: int
    b: int
    samples: np.ndarray
    share: float
    integral: float
    said: str
    order: int


def assembled(picture: Picture, settings: Assembly) -> Assembled:
    """Return every step; a change of the settings does not run the network again."""
    estimator = method_models.open_pose
    seen = remember("pose:openpose", picture.identity, lambda: method_models.compute(estimator().look, picture.image))
    maps, fields = seen.stages[-1]
    found = find_peaks(maps, settings.peak)
    pairs = score_pairs(fields, found, LIMBS, settings)
    people = sorted(join(pairs, LIMBS), key=lambda one: -len(one.candidates))
    enough = [one for one in people if len(one.candidates) >= settings.parts]
    rest = [one for one in people if len(one.candidates) < settings.parts]
    return Assembled(np.array(seen.scale), maps.numpy(), fields.numpy(), found, pairs, enough + rest, len(enough))


def pairs_of(done: Assembled, limb: int, settings: Assembly) -> list[Pair]:
    """Return the pairs of a limb, those that can be a limb first, each by its line integral."""
    own = done.pairs[limb]
    samples, scores = own.samples.numpy(), own.scores.numpy()
    taken = {pair: n for n, pair in enumerate(own.chosen, 1)}
    rows = []
    for a, start in enumerate(own.start.tolist()):
        for b, end in enumerate(own.end.tolist()):
            order = taken.get((start, end), 0)
            share = float((samples[a, b] > settings.sample).mean())
            rows.append(
                (bool(scores[a, b] >= 0), Pair(a, b, samples[a, b], share, float(samples[a, b].mean()), "", order))
            )
    rows.sort(key=lambda row: (-row[0], -row[1].integral))
    used: tuple[set[int], set[int]] = (set(), set())
    out = []
    for can_be, pair in rows:
        said = _said(pair, can_be, used)
        if pair.order:
            used[0].add(pair.a)
            used[1].add(pair.b)
        out.append(Pair(pair.a, pair.b, pair.samples, pair.share, pair.integral, said, pair.order))
    return out


def _said(pair: Pair, can_be: bool, used: tuple[set[int], set[int]]) -> str:
    if pair.order:
        return f"✓ {pair.order}"
    if not can_be:
        return NO_LIMB
    gone = [f"{name}{place + 1}" for name, place, own in zip("ab", (pair.a, pair.b), used, strict=True) if place in own]
    return f"{gone[0]} gone" if len(gone) == 1 else "both gone"


def sample_places(done: Assembled, limb: int, pair: Pair) -> np.ndarray:
    """Return (10, 2) px of the picture, where the field is read along a pair's line."""
    own = done.pairs[limb]
    start, end = (done.found.places[ends[k : k + 1]] for ends, k in ((own.start, pair.a), (own.end, pair.b)))
    return samples_between(start, end)[0, 0].numpy() / done.scale


def integral_written(pair: Pair) -> str:
    """Write the line integral of a pair out."""
    terms = " + ".join(f"{v:.2f}" if v >= 0 else f"(−{-v:.2f})" for v in pair.samples)
    total = f"{pair.samples.sum():.2f}".replace("-", "−")
    mean = f"{pair.integral:.3f}".replace("-", "−")
    return f"E(a{pair.a + 1}, b{pair.b + 1}) = ({terms}) / {N_SAMPLES} = {total} / {N_SAMPLES} = {mean}"


def pair_columns(pairs: list[Pair]) -> dict[str, list]:
    """Return the table of a limb's pairs."""
    return {
        "#": list(range(1, len(pairs) + 1)),
        "pair": [f"a{pair.a + 1} b{pair.b + 1}" for pair in pairs],
        "E": [round(pair.integral, 3) for pair in pairs],
        "share": [round(pair.share, 2) for pair in pairs],
        "": [pair.said for pair in pairs],
    }


def peak_columns(done: Assembled) -> dict[str, list]:
    """Return how many candidates each part has, and how high the best is."""
    part, heights = done.found.part.numpy(), done.found.heights.numpy()
    own = [heights[part == k] for k in range(len(PARTS))]
    return {
        "part": [PART_NAMES[name] for name in PARTS],
        "peaks": [len(one) for one in own],
        "highest": [round(float(one.max()), 3) if len(one) else None for one in own],
        "highest value": [round(float(grid.max()), 3) for grid in done.maps],
    }


def people_columns(done: Assembled) -> dict[str, list]:
    """Return who was put together, and whether that is enough for a person."""
    return {
        "person": list(range(1, len(done.people) + 1)),
        "parts": [len(one.candidates) for one in done.people],
        "sum of E": [round(one.limb_score, 2) for one in done.people],
        "": ["" if k < done.n_people else "too few parts" for k in range(len(done.people))],
    }


def candidate_columns(done: Assembled) -> dict[str, list]:
    """Return the table to take away: every candidate and whose it is."""
    owner = {c: k for k, one in enumerate(done.people[: done.n_people], 1) for c in one.candidates.values()}
    return {
        "candidate": list(range(1, len(done.places) + 1)),
        "part": [PARTS[k] for k in done.found.part.tolist()],
        "x (px)": done.places[:, 0].round(2).tolist(),
        "y (px)": done.places[:, 1].round(2).tolist(),
        "height": done.found.heights.numpy().round(5).tolist(),
        "person": [owner.get(c) for c in range(len(done.places))],
    }
