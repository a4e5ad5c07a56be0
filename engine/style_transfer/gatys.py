"""Style transfer by optimisation: the picture itself is what is learned.

    x* = argmin_x J(x),   J(x) = α J_content(x) + β J_style(x) + γ T(x)

Coarse to fine: the pictures are first made small, where large strokes find their place in few cheap steps; the result,
made twice as large, is where the next level starts. A run that began with the photograph p enlarges only what it has
changed, so that nothing fine is lost on the way:

    x_(l+1) = p_(l+1) + enlarged(x_l − p_l)

Conventions: pictures from outside are float (3, H, W), RGB, in [0, 1]; those of snapshots uint8 (3, h, w). A step is
one evaluation of J with its gradient.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016;
L. A. Gatys et al., "Controlling perceptual factors in neural style transfer", CVPR 2017 (coarse to fine).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import generator
from engine.settings import check, choice, integer, real
from engine.style_transfer.descent import Adam, Lbfgs
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.objective import Losses, Objective, Weighting
from engine.style_transfer.sizes import SMALLEST_PX, check_picture, fit, longest

STARTS = {"content": "the photograph", "style": "the style picture", "noise": "noise"}
OPTIMISERS = {"lbfgs": "L-BFGS", "adam": "Adam"}
NOISE = 0.15  # standard deviation of a colour channel around grey


@dataclass(frozen=True)
class Gatys:
    """How a picture is optimised. Empty layers stand for those of the network."""

    size_px: int = integer(256, 32, 1024, step=32, label="size of the picture", unit="px", help="Its longer side.")
    content_weight: float = real(1.0, 0.0, 1000.0, scale="log", label="weight of the content α")
    style_weight: float = real(10.0, 0.0, 1000.0, scale="log", label="weight of the style β")
    variation_weight: float = real(0.5, 0.0, 100.0, scale="log", label="weight of the variation γ")
    steps: int = integer(200, 1, 2000, label="steps")
    levels: int = integer(3, 1, 4, label="levels", help="1: full size from the start; 3: a quarter, half, full.")
    optimiser: str = choice("lbfgs", OPTIMISERS, label="optimiser")
    learning_rate: float = real(0.03, 0.001, 1.0, scale="log", label="learning rate of Adam")
    start: str = choice("content", STARTS, label="start from")
    style_scale: float = real(1.0, 0.25, 4.0, step=0.25, label="size of the style")
    seed: int = integer(0, 0, 2**31, label="seed")
    content_layers: tuple[str, ...] = ()
    style_layers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class GatysSnapshot:
    """Where a run is after a step.

    Attributes:
        step: evaluations done.
        total_steps: of the whole run.
        level: 1 is the coarsest.
        picture: uint8 (3, h, w), of the level's size.
        losses: J and its parts.
    """

    step: int
    total_steps: int
    level: int
    picture: Tensor
    losses: Losses


def optimise(
    network: FeatureNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    settings: Gatys,
    mix: Sequence[float] = (),
    resume: GatysSnapshot | None = None,
) -> Iterator[GatysSnapshot]:
    """Yield the picture after every step.

    Args:
        network: whose features are compared.
        content: float (3, H, W) in [0, 1].
        styles: pictures of any size, as `content`.
        settings: how.
        mix: how much each style counts; equally where not given.
        resume: a snapshot of another run to go on from, with these settings, to `settings.steps`.

    Raises:
        InvalidInput: no style, a mix that does not fit, a layer that is not there, a snapshot of another picture.
        ShapeError: a picture that is none, or too small for the layers.
    """
    check_picture(content, "content picture")
    for style in styles:
        check_picture(style, "style picture")
    if not styles:
        raise InvalidInput(constraint("styles", "at least one picture", 0))
    mix = tuple(mix) or (1.0,) * len(styles)
    asked = weighting(network, settings)
    sizes = level_sizes(content, settings, 2 * network.smallest_px([*asked.content_layers, *asked.style_layers]))
    _check_resume(resume, sizes)
    x = None if resume is None else resume.picture[None].to(content) / 255
    first_level, done = (0, 0) if resume is None else (resume.level - 1, resume.step)
    ends = [round(settings.steps * (k + 1) / len(sizes)) for k in range(len(sizes))]
    before = None
    for level in range(first_level, len(sizes)):
        own = fit(content[None], sizes[level])
        x = _start(own, styles[0], settings) if x is None else _enlarged(x, own, before)
        before = own if settings.start == "content" else None
        scaled = [longest(style[None], settings.style_scale * max(sizes[level])) for style in styles]
        objective = Objective(network, own, scaled, mix, asked)
        descent = Lbfgs() if settings.optimiser == "lbfgs" else Adam(settings.learning_rate)
        for step in range(done, ends[level]):
            losses, gradient = objective.value_and_gradient(x)
            yield GatysSnapshot(step + 1, settings.steps, level + 1, _as_bytes(x[0]), losses)
            x = descent.step(x, losses.total, gradient)
        done = max(done, ends[level])


def weighting(network: FeatureNetwork, settings: Gatys) -> Weighting:
    """Return the weights of the settings' layers, or of the network's own; none where α or β is 0.

    Raises:
        InvalidInput: a layer that the network does not have, or nothing that counts.
    """
    content = _chosen(settings.content_layers, network.content) if settings.content_weight else {}
    style = _chosen(settings.style_layers, network.style) if settings.style_weight else {}
    for name in (*content, *style):
        network.layer(name)
    if not content and not style:
        must_be = "more than 0 for the content or the style"
        raise InvalidInput(constraint("weights", must_be, (settings.content_weight, settings.style_weight)))
    return Weighting(settings.content_weight, settings.style_weight, settings.variation_weight, content, style)


def level_sizes(content: Tensor, settings: Gatys, smallest_px: int = SMALLEST_PX) -> list[tuple[int, int]]:
    """Return the size (H, W) of each level, the coarsest first; levels with a side below `smallest_px` are left out.

    The last is never left out: a picture too long for its width is enlarged.
    """
    height, width = content.shape[-2:]
    factor = max(settings.size_px / max(height, width), smallest_px / min(height, width))
    whole = (max(1, round(height * factor)), max(1, round(width * factor)))
    halvings = [2**k for k in reversed(range(settings.levels)) if k == 0 or min(whole) // 2**k >= smallest_px]
    return [(whole[0] // h, whole[1] // h) for h in halvings]


def _chosen(names: tuple[str, ...], own: Mapping[str, float]) -> dict[str, float]:
    return {name: own.get(name, 1.0) for name in names} if names else dict(own)


def _start(content: Tensor, style: Tensor, settings: Gatys) -> Tensor:
    if settings.start == "content":
        return content.clone()
    if settings.start == "style":
        return cover(style[None], tuple(content.shape[-2:]))
    noise = torch.randn(content.shape, generator=generator(settings.seed)).to(content.device)
    return (0.5 + NOISE * noise).clamp(0, 1)


def _enlarged(x: Tensor, content: Tensor, before: Tensor | None) -> Tensor:
    """Return x in the size of `content`, with the detail that the smaller photograph `before`, if given, had lost."""
    if before is None:
        return fit(x, tuple(content.shape[-2:]))
    changed = F.interpolate(x - before, tuple(content.shape[-2:]), mode="bicubic", align_corners=False)
    return (content + changed).clamp(0, 1)


def cover(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the middle of a picture (B, 3, H, W), just large enough to fill `size` (H, W)."""
    factor = max(size[0] / picture.shape[2], size[1] / picture.shape[3])
    own = fit(picture, tuple(max(side, round(n * factor)) for side, n in zip(size, picture.shape[2:], strict=True)))
    top, left = ((n - side) // 2 for n, side in zip(own.shape[2:], size, strict=True))
    return own[:, :, top : top + size[0], left : left + size[1]].clone()


def _check_resume(resume: GatysSnapshot | None, sizes: list[tuple[int, int]]) -> None:
    if resume is None:
        return
    if resume.level > len(sizes) or tuple(resume.picture.shape[1:]) != sizes[resume.level - 1]:
        advice = "Branch from a run of the same picture, size and levels."
        raise InvalidInput(constraint("snapshot", f"of a level of {sizes}", tuple(resume.picture.shape), advice))


def _as_bytes(picture: Tensor) -> Tensor:
    return picture.detach().clamp(0, 1).mul(255).round().to(torch.uint8).cpu()
