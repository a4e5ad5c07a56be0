"""Making pictures and clips of people from a seed.

Picture i of a seed depends on the seed and on i alone, and its layout on the aspect ratio but not on the number of
pixels.

Conventions: `size` is the number of pixels of both sides, or (height, width).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.drawn_size import MAX_FRAMES, check_whole, checked_size
from engine.datasets.figures.labels import FigurePicture
from engine.datasets.figures.layout import at_frame, clip_layout, layout
from engine.datasets.figures.motion import CLIP_ACTIONS
from engine.datasets.figures.render import backdrop, render
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator

N_PEOPLE = (1, 5)
MAX_PEOPLE = 8


@dataclass(frozen=True)
class FigureClip:
    """A moving picture; the tuples have one entry to a person, by `FigurePicture.ids`.

    Attributes:
        frames: the pictures, about 25 to a second; before its action and after it a person stands.
        actions: what each person does, out of `CLIP_ACTIONS`.
        starts, ends: the action's first frame, and the first frame after it.
        repetitions: how often it is done, for squat, jump and wave; 0 for the others.
    """

    frames: tuple[FigurePicture, ...]
    actions: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    repetitions: tuple[int, ...]


def make_figures(
    n: int, seed: int, size: int | tuple[int, int] = 128, n_people: tuple[int, int] = N_PEOPLE
) -> list[FigurePicture]:
    """Return pictures 0 … n − 1 of a seed, with a number of people from the inclusive range `n_people`.

    Raises:
        InvalidInput: a size, a seed or a number that cannot be used.
    """
    check_whole("n", n, 0, 1_000_000)
    return [make_figure(i, seed, size, n_people) for i in range(n)]


def make_figure(
    index: int, seed: int, size: int | tuple[int, int] = 128, n_people: tuple[int, int] = N_PEOPLE
) -> FigurePicture:
    """Return picture `index` of a seed. Errors as in `make_figures`."""
    check_whole("index", index, 0, 2**31)
    height, width = checked_size(size)
    low, high = n_people
    check_whole("the least number of people", low, 0, MAX_PEOPLE)
    check_whole("the greatest number of people", high, low, MAX_PEOPLE)
    return render(layout(generator(child_seed(seed, f"figure {index}")), n_people, width / height), height, width)


def make_clip(
    seed: int, n_frames: int, size: int | tuple[int, int] = 128, action: str | None = None, n_people: int = 1
) -> FigureClip:
    """Return a clip in which everyone does `action`, or each an action drawn for them if it is None.

    Raises:
        InvalidInput: an action that is not in `CLIP_ACTIONS`, or as in `make_figures`.
    """
    check_whole("n_frames", n_frames, 1, MAX_FRAMES)
    check_whole("n_people", n_people, 1, MAX_PEOPLE)
    if action is not None and action not in CLIP_ACTIONS:
        raise InvalidInput(constraint("action", f"one of {', '.join(CLIP_ACTIONS)}, or None", action))
    height, width = checked_size(size)
    chance = generator(child_seed(seed, "figure clip"))
    start, acts = clip_layout(chance, n_people, width / height, n_frames, CLIP_ACTIONS if action is None else (action,))
    behind = backdrop(start, height, width)
    frames = tuple(render(at_frame(start, acts, frame), height, width, behind) for frame in range(n_frames))
    return FigureClip(
        frames,
        actions=tuple(act.action for act in acts),
        starts=tuple(act.start for act in acts),
        ends=tuple(act.end for act in acts),
        repetitions=tuple(act.repetitions for act in acts),
    )
