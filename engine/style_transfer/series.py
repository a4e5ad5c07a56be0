"""What a layer still knows of a picture: pictures from noise that only have to agree with it in that layer.

    from content alone:  x* = argmin_x C_l(x) + γ T(x)      from style alone:  x* = argmin_x S_l(x) + γ T(x)

The content of an early layer gives the picture back nearly pixel by pixel; that of a deep one keeps what is where. The
Gram matrices give texture: finer at first, larger from layer to layer. "Up to" a layer its style is that of all layers
up to it, as in the figure of Gatys et al.

Conventions: as in `gatys`; the snapshots of a series of layers count steps through.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016,
figure 1; A. Mahendran, A. Vedaldi, "Understanding deep image representations by inverting them", CVPR 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from engine.settings import check, integer
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.transfer import by_optimisation

CONTENT, STYLE = "content", "style"


@dataclass(frozen=True)
class Series:
    """How the pictures of a series are made."""

    size_px: int = integer(128, 64, 512, step=32, label="size of each picture", unit="px")
    steps: int = integer(50, 5, 500, step=5, label="steps for each")
    seed: int = integer(0, 0, 2**31, label="seed")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Made:
    """How far a series is.

    Attributes:
        step, total_steps: of all its pictures together.
        pictures: (name, uint8 (3, h, w)) of each picture so far; the last one may still be changing.
    """

    step: int
    total_steps: int
    pictures: tuple[tuple[str, Tensor], ...]


def reconstruct(
    network: FeatureNetwork, picture: Tensor, kind: str, layers: Sequence[str], settings: Series
) -> Iterator[Made]:
    """Yield, layer after layer, what comes of noise that has to agree with a picture (3, H, W) there.

    Args:
        kind: CONTENT or STYLE; the style is that of all of `layers` up to the layer.
    """
    total, done = len(layers) * settings.steps, ()
    for k, layer in enumerate(layers):
        chosen = (layer,) if kind == CONTENT else tuple(layers[: k + 1])
        for one in optimise(network, picture, [picture], _alone(kind, chosen, settings)):
            yield Made(k * settings.steps + one.step, total, (*done, (layer, one.picture)))
        done = (*done, (layer, one.picture))


def ratios(
    network: FeatureNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    mix: Sequence[float],
    settings: Gatys,
    values: Sequence[float],
) -> Iterator[Made]:
    """Yield, for each ratio β/α in turn, what comes of the pair; its name is the ratio as text."""
    total, done = len(values) * settings.steps, ()
    for k, ratio in enumerate(values):
        own = replace(settings, content_weight=1.0, style_weight=float(ratio))
        for one in by_optimisation(network, content, styles, mix, own):
            yield Made(k * settings.steps + one.step, total, (*done, (f"{ratio:g}", one.picture)))
        done = (*done, (f"{ratio:g}", one.picture))


def _alone(kind: str, layers: tuple[str, ...], settings: Series) -> Gatys:
    """Return settings in which one kind of loss counts alone."""
    return Gatys(
        size_px=settings.size_px,
        content_weight=1.0 if kind == CONTENT else 0.0,
        style_weight=1.0 if kind == STYLE else 0.0,
        variation_weight=0.01,
        steps=settings.steps,
        levels=1 if kind == CONTENT else 2,
        start="noise",
        seed=settings.seed,
        content_layers=layers[-1:],
        style_layers=layers if kind == STYLE else layers[-1:],
    )
