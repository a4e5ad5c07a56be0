"""Landmark regression: points instead of a box, the named points of a fish.

    y = (l_1x, l_1y, …, l_Kx, l_Ky)                  ŷ = σ(z), z what the network gives

    L = Σ v_k ‖l̂_k − l_k‖² / Σ v_k                   sums over points and pictures; v_k = 1 where point k is visible

A point that is hidden or outside the picture has v_k = 0 and gets no gradient. The normalised mean error sets each
distance against the size of the fish:

    NME = Σ v_k ‖l̂_k − l_k‖ / √(w h) / Σ v_k         w, h: width and height of the fish's box

Conventions: points are (N, K, 2), x and y as fractions of the picture's sides, y down; visible is bool (N, K).

Reference: Y. Sun, X. Wang and X. Tang, "Deep convolutional network cascade for facial point detection", CVPR 2013.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.scenes import KEYPOINT_NAMES, NAMES, Scene
from engine.detection.single_object import (
    N_EXAMPLES,
    SIDE_PX,
    ConvNet,
    Drawing,
    Training,
    World,
    answer,
    augment,
    draw_scenes,
    example_scenes,
    images_of,
    model_file,
    optimise,
    parameters_of,
)
from engine.errors import ShapeError, constraint
from engine.runtime.seeds import child_seed, generator

WORLD = World((NAMES.index("fish"),), close_up=True)
N_POINTS = len(KEYPOINT_NAMES)
CLOSE = 0.1  # of the size of the fish
SEEN = 2  # of the scenes' visibilities


@dataclass(frozen=True)
class Landmarks(Training):
    """How a network is trained that says where the points of a fish are."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The true points: `points` (N, K, 2), `visible` (N, K) bool, and the sizes √(w h) of the fish (N,)."""

    points: Tensor
    visible: Tensor
    sizes: Tensor


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The training after `step` steps.

    Attributes:
        loss: mean of L over the minibatches since the last snapshot.
        held_out_loss: L on held-out pictures.
        error: their normalised mean error; `point_errors` (K,) that of each point.
        close: the share of their visible points that is less than a tenth of the fish's size away.
        examples: (8, K, 2) points found in the first held-out pictures; `example_losses` (8,) their L.
        parameters: the network's, in the last snapshot alone.
    """

    step: int
    total_steps: int
    loss: float
    held_out_loss: float
    error: float
    point_errors: Tensor
    close: float
    examples: Tensor
    example_losses: Tensor
    parameters: Mapping[str, Tensor] | None = None


def activate(z: Tensor) -> Tensor:
    """Return the points (N, K, 2) in [0, 1] of the network's numbers z (N, 2K)."""
    if z.ndim != 2 or z.shape[1] % 2:
        raise ShapeError(constraint("z", "of shape (N, 2K)", tuple(z.shape)))
    return z.sigmoid().unflatten(1, (-1, 2))


def loss(points: Tensor, true: Tensor, visible: Tensor) -> Tensor:
    """Return L of points and true points (N, K, 2), visible (N, K); 0 where no point is visible.

    Raises:
        ShapeError: shapes that do not fit.
    """
    _check(points, true, visible)
    squares = ((points - true) ** 2).sum(-1)  # (N, K)
    return (squares * visible).sum() / visible.sum().clamp(min=1)


def normalised_errors(points: Tensor, truth: Truth) -> Tensor:
    """Return ‖l̂ − l‖ / √(w h) of every point, (N, K), also of hidden ones. Errors as in `loss`."""
    _check(points, truth.points, truth.visible)
    return (points - truth.points).norm(dim=-1) / truth.sizes[:, None]


def normalised_mean_error(points: Tensor, truth: Truth) -> float:
    """Return the NME over the visible points; 0 where there are none. Errors as in `loss`."""
    errors = normalised_errors(points, truth)
    return float((errors * truth.visible).sum() / truth.visible.sum().clamp(min=1))


def train(settings: Landmarks) -> Iterator[Drawing | Snapshot]:
    """Yield the progress of drawing the scenes, then the training, from step 0 on."""
    scenes, held_out = yield from draw_scenes(settings, WORLD)
    images, truth = images_of(scenes), truth_of(scenes)
    seen, aside = images_of(held_out), truth_of(held_out)
    net = ConvNet(2 * N_POINTS, generator(child_seed(settings.seed, "initial weights")))

    def terms_of(chosen: Tensor, random: torch.Generator) -> Tensor:
        batch, mirrored = augment(images[chosen], random)
        return loss(activate(net(batch)), mirror(truth.points[chosen], mirrored), truth.visible[chosen])[None]

    for step, terms in optimise(net, settings, len(scenes), terms_of, torch.ones(1)):
        parameters = parameters_of(net) if step == settings.training_steps else None
        points = activate(answer(net, seen))
        yield _snapshot(step, settings.training_steps, float(terms), points, aside, parameters)


def mirror(points: Tensor, mirrored: Tensor) -> Tensor:
    """Return the points (N, K, 2) of the same pictures, of which the `mirrored` (N,) are mirrored left to right."""
    moved = points.clone()
    moved[..., 0] = torch.where(mirrored[:, None], 1 - points[..., 0], points[..., 0])
    return moved


def truth_of(scenes: list[Scene]) -> Truth:
    """Return the true points of scenes with one fish each."""
    size = torch.tensor(scenes[0].image.shape[:0:-1])  # width, height
    keypoints = torch.stack([scene.keypoints[0] for scene in scenes])
    sides = torch.stack([scene.boxes[0, 2:] - scene.boxes[0, :2] for scene in scenes]) / size
    return Truth(keypoints[..., :2] / size, keypoints[..., 2] == SEEN, sides.prod(1).sqrt())


def examples(size_px: int) -> tuple[Tensor, Truth]:
    """Return the pictures that a training shows, (8, 3, size, size) in [0, 1], and their true points."""
    sharp, seen = (example_scenes(WORLD, side) for side in (size_px, SIDE_PX))
    return images_of(sharp), truth_of(seen)


def to_safetensors(parameters: Mapping[str, Tensor], settings: Landmarks) -> bytes:
    """Return the trained network as a file, from the parameters of the last snapshot."""
    outputs = tuple(f"{name} {axis}" for name in KEYPOINT_NAMES for axis in "xy")
    return model_file(parameters, settings, "landmarks", outputs)


def _snapshot(
    step: int, total: int, loss_: float, points: Tensor, true: Truth, parameters: Mapping[str, Tensor] | None
) -> Snapshot:
    errors, visible = normalised_errors(points, true), true.visible
    by_point = (errors * visible).sum(0) / visible.sum(0).clamp(min=1)
    shown = points[:N_EXAMPLES].clone()
    pairs = zip(shown, true.points, true.visible, strict=False)
    losses = torch.stack([loss(one[None], its[None], seen[None]) for one, its, seen in pairs])
    return Snapshot(
        step,
        total,
        loss_,
        float(loss(points, true.points, visible)),
        normalised_mean_error(points, true),
        by_point,
        float((errors[visible] < CLOSE).float().mean()),
        shown,
        losses,
        parameters,
    )


def _check(points: Tensor, true: Tensor, visible: Tensor) -> None:
    if points.ndim != 3 or points.shape[2] != 2 or points.shape != true.shape or points.shape[:2] != visible.shape:
        shapes = (tuple(points.shape), tuple(true.shape), tuple(visible.shape))
        raise ShapeError(constraint("points, true and visible", "of shapes (N, K, 2), (N, K, 2) and (N, K)", shapes))
