"""Classification with localisation: one object, its kind and its box, as one vector.

    y = (p_c, b_x, b_y, b_h, b_w, c_1 … c_C)

p_c is 1 where there is an object. The network gives z; the answer is p̂_c = σ(z₀), b̂ = σ(z₁ … z₄), ĉ = softmax(z₅ …).

    L = −p_c log p̂_c − (1 − p_c) log(1 − p̂_c)  +  p_c · ( λ ‖b̂ − b‖²  −  Σ_k c_k log ĉ_k )

Where there is no object (p_c = 0) only the first term counts: the rest of y is "don't care", and gets no gradient.

Conventions: (b_x, b_y) is the box's midpoint, b_h and b_w are its height and width, as fractions of the picture's, y
down. Boxes are float32 xyxy in pixels. Labels count from 1, 0 is the background.

Reference: P. Sermanet et al., "OverFeat: integrated recognition, localization and detection using convolutional
networks", ICLR 2014. Course notation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.scenes import NAMES, Scene
from engine.detection.boxes import iou
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
from engine.errors import InvalidInput, ShapeError, constraint
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real

N_CERTAIN = 5  # p_c and the box come before the classes
TERMS = ("object or not", "box", "class")


@dataclass(frozen=True)
class Localisation(Training):
    """How a network is trained that says what there is, and where."""

    box_weight: float = real(10.0, 0.0, 100.0, step=1.0, label="weight of the box λ", help="0: where is not learnt.")
    classes: int = integer(3, 2, len(NAMES) - 1, label="kinds of objects")


@dataclass(frozen=True, eq=False)
class Measures:
    """Over the held-out pictures with an object, mean IoU and share of right classes; over all, share of right p̂_c."""

    mean_iou: float
    class_accuracy: float
    object_accuracy: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The training after `step` steps.

    Attributes:
        terms: (3,) mean terms of L over the minibatches since the last snapshot, the box's without λ.
        held_out: how good it is on held-out pictures.
        examples: (8, 5 + C) answers ŷ for the first held-out pictures; `example_terms` (8, 3) their terms of L.
        parameters: the network's, in the last snapshot alone.
    """

    step: int
    total_steps: int
    terms: Tensor
    held_out: Measures
    examples: Tensor
    example_terms: Tensor
    parameters: Mapping[str, Tensor] | None = None


def class_names(classes: int) -> tuple[str, ...]:
    """Return the names of the first kinds."""
    return NAMES[1 : classes + 1]


def output_names(classes: int) -> tuple[str, ...]:
    """Return the names of the numbers in y."""
    return ("p_c", "b_x", "b_y", "b_h", "b_w", *(f"c {name}" for name in class_names(classes)))


def encode(box: Tensor | None, label: int, classes: int, height: int, width: int) -> Tensor:
    """Return the target y (5 + C,) of a picture; of one without an object (`box` None) every number is 0.

    Args:
        box: (4,) xyxy in pixels.
        label: 1 … C.

    Raises:
        ShapeError: the box is not (4,).
        InvalidInput: the label is not of these classes.
    """
    y = torch.zeros(N_CERTAIN + classes)
    if box is None:
        return y
    if box.shape != (4,):
        raise ShapeError(constraint("box", "of shape (4,)", tuple(box.shape)))
    if not 1 <= label <= classes:
        raise InvalidInput(constraint("label", f"from 1 to {classes}", label))
    x1, y1, x2, y2 = box.tolist()
    y[0] = y[N_CERTAIN + label - 1] = 1
    y[1:N_CERTAIN] = torch.tensor(
        [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (y2 - y1) / height, (x2 - x1) / width]
    )
    return y


def decode(y: Tensor, height: int, width: int) -> Tensor:
    """Return the boxes (N, 4), xyxy in pixels, of targets or answers (N, 5 + C)."""
    _check(y)
    b_x, b_y, b_h, b_w = y[:, 1:N_CERTAIN].T
    boxes = torch.stack([b_x - b_w / 2, b_y - b_h / 2, b_x + b_w / 2, b_y + b_h / 2], 1)
    return boxes * boxes.new_tensor([width, height, width, height])


def activate(z: Tensor) -> Tensor:
    """Return the answers ŷ (N, 5 + C) of the network's numbers z: each in [0, 1], the classes' sum is 1."""
    _check(z)
    return torch.cat([z[:, :N_CERTAIN].sigmoid(), z[:, N_CERTAIN:].softmax(1)], 1)


def loss_terms(z: Tensor, y: Tensor) -> Tensor:
    """Return the terms of L, (N, 3), of the network's numbers and the targets, both (N, 5 + C); the box's without λ.

    Raises:
        ShapeError: not two of one such shape.
    """
    _check(z)
    if z.shape != y.shape:
        raise ShapeError(constraint("y", f"of z's shape {tuple(z.shape)}", tuple(y.shape)))
    p = y[:, 0]
    logistic = torch.logaddexp(z[:, 0], z.new_zeros(())) - p * z[:, 0]  # the same as in L, but exact for a large |z|
    box = ((z[:, 1:N_CERTAIN].sigmoid() - y[:, 1:N_CERTAIN]) ** 2).sum(1)
    scores, c = z[:, N_CERTAIN:], y[:, N_CERTAIN:]
    cross_entropy = (c * (scores.logsumexp(1, keepdim=True) - scores)).sum(1)
    return torch.stack([logistic, p * box, p * cross_entropy], 1)


def loss(z: Tensor, y: Tensor, box_weight: float) -> Tensor:
    """Return the mean of L over the pictures. Errors as in `loss_terms`."""
    return loss_terms(z, y).mean(0) @ z.new_tensor([1.0, box_weight, 1.0])


def measure(answers: Tensor, y: Tensor) -> Measures:
    """Compare answers with targets, both (N, 5 + C), of which at least one has an object."""
    there = y[:, 0] > 0.5
    overlaps = iou(decode(answers[there], 1, 1), decode(y[there], 1, 1)).diagonal()
    right = answers[there, N_CERTAIN:].argmax(1) == y[there, N_CERTAIN:].argmax(1)
    found = (answers[:, 0] > 0.5) == there
    return Measures(*(float(part.float().mean()) for part in (overlaps, right, found)))


def train(settings: Localisation) -> Iterator[Drawing | Snapshot]:
    """Yield the progress of drawing the scenes, then the training, from step 0 on."""
    scenes, held_out = yield from draw_scenes(settings, _world(settings.classes))
    images, y = images_of(scenes), _targets(scenes, settings.classes)
    seen, true = images_of(held_out), _targets(held_out, settings.classes)
    net = ConvNet(y.shape[1], generator(child_seed(settings.seed, "initial weights")))

    def terms_of(chosen: Tensor, random: torch.Generator) -> Tensor:
        batch, mirrored = augment(images[chosen], random)
        return loss_terms(net(batch), mirror(y[chosen], mirrored)).mean(0)

    weights = torch.tensor([1.0, settings.box_weight, 1.0])
    for step, terms in optimise(net, settings, len(scenes), terms_of, weights):
        z = answer(net, seen)
        answers = activate(z)
        yield Snapshot(
            step,
            settings.training_steps,
            terms,
            measure(answers, true),
            answers[:N_EXAMPLES].clone(),
            loss_terms(z[:N_EXAMPLES], true[:N_EXAMPLES]),
            parameters_of(net) if step == settings.training_steps else None,
        )


def mirror(y: Tensor, mirrored: Tensor) -> Tensor:
    """Return the targets (N, 5 + C) of the same pictures, of which the `mirrored` (N,) are mirrored left to right."""
    moved = y.clone()
    moved[:, 1] = torch.where(mirrored & (y[:, 0] > 0), 1 - y[:, 1], y[:, 1])
    return moved


def examples(classes: int, size_px: int) -> tuple[Tensor, Tensor]:
    """Return the pictures that a training shows, (8, 3, size, size) in [0, 1], and their targets (8, 5 + C)."""
    sharp, seen = (example_scenes(_world(classes), side) for side in (size_px, SIDE_PX))
    return images_of(sharp), _targets(seen, classes)


def to_safetensors(parameters: Mapping[str, Tensor], settings: Localisation) -> bytes:
    """Return the trained network as a file, from the parameters of the last snapshot."""
    return model_file(parameters, settings, "localisation", output_names(settings.classes))


def _world(classes: int) -> World:
    return World(tuple(range(1, classes + 1)), may_be_empty=True)


def _targets(scenes: list[Scene], classes: int) -> Tensor:
    size = scenes[0].image.shape[1:]
    return torch.stack(
        [
            encode(scene.boxes[0], int(scene.labels[0]), classes, *size)
            if len(scene.boxes)
            else encode(None, 0, classes, *size)
            for scene in scenes
        ]
    )


def _check(y: Tensor) -> None:
    if y.ndim != 2 or y.shape[1] <= N_CERTAIN:
        raise ShapeError(constraint("y", f"of shape (N, {N_CERTAIN} + C)", tuple(y.shape)))
