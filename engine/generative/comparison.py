"""What the measures say of generated pictures beside real ones, and how they answer when the pictures are made worse.

Two real samples of the same size are compared first: a perfect generator's would be about as far from each. Then, at
every level of one way of spoiling (`engine.generative.spoiling`), the generated pictures against the first of the two.

Conventions: measures are those of `engine.metrics.generative` on the 192 features of the world's reader; a visitor's
own pictures are looked at through the avatars' one, which knows faces, colours and edges. Pictures of another size are
resized to the reader's, real ones after they had the generator's size. Points are features on the two directions in
which the real ones differ most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.avatars import FREQUENCIES, draw_bytes, some_avatars
from engine.datasets.glyphs import DIGITS, make_glyphs
from engine.errors import InvalidInput, constraint
from engine.generative.models import avatar_reader, glyph_reader
from engine.generative.painter import Painter
from engine.generative.readers import AvatarReader, GlyphReader
from engine.generative.sampling import Sampling, latents
from engine.generative.spoiling import DROPPED, MODE, POOL, SPOILS, TRUNCATION, dropped_modes, levels, spoiled
from engine.generative.training_pictures import AVATARS, GLYPHS, OWN, SOURCES, resized
from engine.metrics.generative import Manifolds, frechet_distance, manifolds
from engine.runtime.pool import models
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, choice, integer

N_SHOWN = 16
N_POINTS = 250
LEAST_OWN = 30  # real pictures of the visitor's; half of them make a sample
_AT_ONCE = 50  # pictures drawn, painted or looked at between two snapshots
REAL = ("real first", "real second", "real third")


@dataclass(frozen=True)
class Comparing:
    """How the pictures are made worse, and how many there are."""

    measure_spoil: str = choice(DROPPED, SPOILS, label="made worse by")
    measure_n: int = integer(300, 100, 1000, step=50, label="pictures in a sample")
    measure_seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Sample:
    """Some pictures as the measures see them.

    Attributes:
        pictures: (16, C, side, side) uint8, the first ones.
        points: (≤ 250, 2) float32.
        frequencies: (K,) share of each value of each attribute, or of each digit; None where nobody can read them.
    """

    pictures: Tensor
    points: Tensor
    frequencies: Tensor | None


@dataclass(frozen=True, eq=False)
class Measured:
    """A sample against the first real one: the sample, its Fréchet distance, and the four shares."""

    sample: Sample
    frechet: float
    shares: Manifolds


@dataclass(frozen=True, eq=False)
class Compared:
    """The comparison at level `step`; below 0 it is still being prepared, and only `doing` is told.

    Attributes:
        amount: of what spoils, in its unit.
        real: the first real sample.
        second: the other real sample against it.
        made: the generated one against it, at this level.
    """

    step: int
    total_steps: int
    doing: str = ""
    amount: float = 0.0
    real: Sample | None = None
    second: Measured | None = None
    made: Measured | None = None


@dataclass(frozen=True, eq=False)
class Judge:
    """The reader of a world, the side at which pictures are compared, and the real first sample's main directions."""

    world: str
    reader: AvatarReader | GlyphReader
    side: int
    middle: Tensor | None = None
    axes: Tensor | None = None


def compare(
    settings: Comparing, world: str, painter: Painter | None = None, side: int = 64, own: Tensor | None = None
) -> Iterator[Compared]:
    """Yield how far the preparation is, then the comparison at each level.

    Args:
        settings: how much of what.
        world: one of `SOURCES`.
        painter: of the world's pictures; None for another real sample, which stands for a perfect generator.
        side: of the painter's pictures.
        own: the visitor's, (N, 3, s, s) uint8, where the world says so.

    Raises:
        InvalidInput: a real sample has no z to truncate; own pictures have no modes with names, or are too few.
    """
    _check(settings, world, painter, own)
    total = len(levels(settings.measure_spoil, world)) - 1
    waiting = _Waiting(total)
    reader = glyph_reader("cpu") if world == GLYPHS else avatar_reader("cpu")
    n = settings.measure_n if own is None else min(settings.measure_n, len(own) // (2 if painter else 3))
    real = []
    for name in REAL[:2]:
        real.append((yield from _real(world, n, side, settings.measure_seed, name, own, waiting)))
    judge = Judge(world, reader, side)
    first = yield from _features(judge, real[0], waiting)
    middle = first.mean(0)
    judge = Judge(world, reader, side, middle, torch.linalg.svd(first - middle, full_matrices=False).Vh[:2])
    second = yield from _measured(judge, first, real[1], waiting)
    shown = _sample(judge, real[0], first)
    made = yield from _made(settings, world, painter, n, side, own, judge, waiting)
    for step, amount in enumerate(levels(settings.measure_spoil, world)):
        pictures = yield from _at_level(settings, judge, painter, made, n, amount, waiting)
        found = yield from _measured(judge, first, pictures, waiting)
        waiting.step = step
        yield Compared(step, total, "", amount, shown, second, found)


class _Waiting:
    """Makes snapshots that say what is being done."""

    def __init__(self, total: int) -> None:
        self.total, self.step = total, -1

    def __call__(self, doing: str) -> Compared:
        return Compared(self.step, self.total, doing)


def _check(settings: Comparing, world: str, painter: Painter | None, own: Tensor | None) -> None:
    if world not in SOURCES:
        raise InvalidInput(constraint("world", f"one of {', '.join(SOURCES)}", world))
    if settings.measure_spoil == TRUNCATION and painter is None:
        raise InvalidInput("Real pictures have no z whose truncation could shrink. Choose another way, or a generator.")
    if world == OWN and settings.measure_spoil == DROPPED:
        raise InvalidInput("Your own pictures have no named modes to drop. Choose another way to make them worse.")
    if world == OWN and (own is None or len(own) < LEAST_OWN):
        got = 0 if own is None else len(own)
        raise InvalidInput(constraint("Your own pictures", f"at least {LEAST_OWN}", got, "Bring more of them."))


def _real(
    world: str, n: int, side: int, seed: int, name: str, own: Tensor | None, waiting: _Waiting
) -> Iterator[Compared]:
    """Return a real sample, (n, C, side, side) uint8, kept for who asks next."""
    if own is not None:
        order = torch.randperm(len(own), generator=generator(child_seed(seed, "own")))
        place = REAL.index(name)
        return resized(own[order[place * n : (place + 1) * n]], side)
    parts = []
    for first in range(0, n, _AT_ONCE):
        yield waiting(f"Drawing real pictures: {first} of {n}")
        count = min(_AT_ONCE, n - first)
        parts.append(_drawn(world, child_seed(seed, name), first, count))
    return resized(torch.cat(parts), side)


def _drawn(world: str, seed: int, first: int, count: int) -> Tensor:
    def build() -> Tensor:
        if world == AVATARS:
            return draw_bytes(some_avatars(count, seed, first))
        return (make_glyphs(count, child_seed(seed, f"glyphs {first}"))[0] * 255).round().byte()

    return models().get(("real", world, seed, first, count), build, lambda pictures: pictures.numel())


def _made(settings, world, painter, n, side, own, judge, waiting) -> Iterator[Compared]:
    """Return what is spoiled: (pictures in [0, 1], mode of each or None), more than n where modes are dropped."""
    is_dropping = settings.measure_spoil == DROPPED
    count = POOL * n if is_dropping else n
    if painter is None:
        bytes_ = yield from _real(world, count, side, settings.measure_seed, REAL[2], own, waiting)
        pictures = bytes_.float() / 255
    else:
        pictures = yield from _painted(painter, count, 4.0, settings.measure_seed, waiting)
    if not is_dropping:
        return pictures, None
    modes = []
    for part in pictures.split(_AT_ONCE):
        yield waiting(f"Reading which mode each is of: {len(modes) * _AT_ONCE} of {count}")
        modes.append(_modes(judge, part))
    return pictures, torch.cat(modes)


def _painted(painter: Painter, n: int, truncation: float, seed: int, waiting: _Waiting) -> Iterator[Compared]:
    """Return n pictures of z cut at ± truncation, of all classes alike where there are any."""
    parts = []
    for k, first in enumerate(range(0, n, _AT_ONCE)):
        yield waiting(f"Painting: {first} of {n}")
        count = min(_AT_ONCE, n - first)
        z = latents(Sampling(n=count, truncation=truncation, seed=child_seed(seed, f"z {k}") % 2**31), painter.latent)
        labels = (first + torch.arange(count)) % painter.classes if painter.classes else None
        parts.append(painter.paint(z, labels))
    return torch.cat(parts)


def _at_level(settings, judge, painter, made, n, amount, waiting) -> Iterator[Compared]:
    """Return the n pictures of a level."""
    pictures, modes = made
    spoil = settings.measure_spoil
    if spoil == TRUNCATION:
        return (yield from _painted(painter, n, amount, settings.measure_seed, waiting))
    if spoil == DROPPED:
        names = list(DIGITS) if judge.world == GLYPHS else list(FREQUENCIES[MODE])
        gone = torch.tensor([names.index(one) for one in dropped_modes(judge.world, int(amount))], dtype=torch.int64)
        kept = pictures[~torch.isin(modes, gone)][:n]
        if len(kept) < N_SHOWN:
            raise InvalidInput("Nearly all of its pictures are of the modes that are dropped: there is nothing left.")
        return kept
    return spoiled(pictures, spoil, amount, generator(child_seed(settings.measure_seed, "noise")))


def _modes(judge: Judge, pictures: Tensor) -> Tensor:
    answers = judge.reader.probabilities(_readable(judge, pictures))
    return (answers if judge.world == GLYPHS else answers[MODE]).argmax(1)


def _measured(judge: Judge, first: Tensor, pictures: Tensor, waiting: _Waiting) -> Iterator[Compared]:
    features = yield from _features(judge, pictures, waiting)
    yield waiting("Measuring")
    return Measured(_sample(judge, pictures, features), frechet_distance(first, features), manifolds(first, features))


@torch.no_grad()
def _features(judge: Judge, pictures: Tensor, waiting: _Waiting) -> Iterator[Compared]:
    """Return the features (N, 192) of the world's reader."""
    parts = []
    for k, part in enumerate(pictures.split(_AT_ONCE)):
        yield waiting(f"Looking at pictures: {k * _AT_ONCE} of {len(pictures)}")
        parts.append(judge.reader.features(_readable(judge, part)))
    return torch.cat(parts)


def _readable(judge: Judge, pictures: Tensor) -> Tensor:
    """Return pictures in [0, 1] at the reader's size."""
    images = pictures if pictures.is_floating_point() else pictures.float() / 255
    side = judge.reader.side
    if images.shape[-1] == side:
        return images
    return torch.nn.functional.interpolate(
        images, (side, side), mode="bilinear", antialias=True, align_corners=False
    ).clamp(0, 1)


def _sample(judge: Judge, pictures: Tensor, features: Tensor) -> Sample:
    shown = pictures[:N_SHOWN]
    shown = (shown * 255).round().byte() if shown.is_floating_point() else shown
    points = (features[:N_POINTS] - judge.middle) @ judge.axes.T
    return Sample(shown, points.float(), _frequencies(judge, features))


@torch.no_grad()
def _frequencies(judge: Judge, features: Tensor) -> Tensor | None:
    """Return the share of each value that the reader finds, in the order of `value_names`."""
    if judge.world == OWN:
        return None
    logits = judge.reader.last(features)
    blocks: Sequence[Tensor] = [logits] if judge.world == GLYPHS else list(AvatarReader.split(logits).values())
    shares = [block.argmax(1).bincount(minlength=block.shape[1]).double() / len(block) for block in blocks]
    return torch.cat(shares).float()


def value_names(world: str) -> list[tuple[str, str]]:
    """Return (attribute, value) of each frequency; () for own pictures."""
    if world == GLYPHS:
        return [("digit", digit) for digit in DIGITS]
    return [] if world == OWN else [(name, value) for name, values in FREQUENCIES.items() for value in values]


def world_frequencies(world: str) -> list[float]:
    """Return how often each value is in the world itself."""
    if world == GLYPHS:
        return [1 / len(DIGITS)] * len(DIGITS)
    return [] if world == OWN else [share for values in FREQUENCIES.values() for share in values.values()]
