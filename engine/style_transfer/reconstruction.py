"""What a layer keeps: a picture found from nothing but its content, or nothing but its style; and what α / β does.

    content of layer l:      x* = argmin C_l(x)                    style up to layer l:  x* = argmin Σ_(k ≤ l) S_k(x)

From the content of an early layer the photograph comes back almost pixel by pixel; from a late one only what is where.
From the style of early layers come its colours and finest strokes; with later ones, larger forms of it.

Conventions: as in `gatys`. Every run starts from noise.

Reference: L. A. Gatys, A. S. Ecker, M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016,
figures 1 and 4; A. Mahendran, A. Vedaldi, "Understanding deep image representations by inverting them", CVPR 2015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from engine.errors import InvalidInput, constraint
from engine.settings import check, integer, real
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, GatysSnapshot, optimise

RATIOS = (0.1, 1.0, 10.0, 100.0)  # β / α of a strip


@dataclass(frozen=True)
class Reconstruction:
    """How a picture is found from one thing alone."""

    size_px: int = integer(192, 32, 512, step=32, label="size of the picture", unit="px", help="Its longer side.")
    steps: int = integer(90, 1, 1000, label="steps")
    levels: int = integer(3, 1, 4, label="levels")
    variation_weight: float = real(0.02, 0.0, 100.0, scale="log", label="weight of the variation γ")
    seed: int = integer(0, 0, 2**31, label="seed")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class StripSnapshot:
    """One picture of a row of several on its way.

    Attributes:
        index: which picture of the row.
        name: what it is, such as a layer or a ratio.
        run: where its run is.
    """

    index: int
    name: str
    run: GatysSnapshot


def from_content(
    network: FeatureNetwork, picture: Tensor, layer: str, settings: Reconstruction
) -> Iterator[GatysSnapshot]:
    """Yield a picture that gets the same features of one layer as `picture` (3, H, W).

    Raises:
        InvalidInput: there is no such layer.
        ShapeError: the picture is too small for it.
    """
    network.layer(layer)
    asked = _gatys(settings, content_weight=1.0, style_weight=0.0, content_layers=(layer,))
    yield from optimise(network, picture, [picture], asked)


def from_style(
    network: FeatureNetwork, picture: Tensor, layer: str, settings: Reconstruction
) -> Iterator[GatysSnapshot]:
    """Yield a picture that gets the Gram matrices of `picture` (3, H, W) in the style layers up to `layer`.

    Raises:
        InvalidInput: `layer` is not one of the network's style layers.
        ShapeError: the picture is too small for it.
    """
    names = list(network.style)
    if layer not in names:
        raise InvalidInput(constraint("style layer", f"one of {', '.join(names)}", layer))
    layers = tuple(names[: names.index(layer) + 1])
    asked = _gatys(settings, content_weight=0.0, style_weight=1.0, style_layers=layers)
    yield from optimise(network, picture, [picture], asked)


def layer_by_layer(
    network: FeatureNetwork, picture: Tensor, kind: str, layers: Sequence[str], settings: Reconstruction
) -> Iterator[StripSnapshot]:
    """Yield the runs of several layers, one after the other; `kind` is "content" or "style".

    Raises:
        InvalidInput: another kind, or as above.
    """
    ways = {"content": from_content, "style": from_style}
    if kind not in ways:
        raise InvalidInput(constraint("kind", "content or style", kind))
    for index, layer in enumerate(layers):
        for snapshot in ways[kind](network, picture, layer, settings):
            yield StripSnapshot(index, layer, snapshot)


def strip(
    network: FeatureNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    settings: Gatys,
    ratios: Sequence[float] = RATIOS,
) -> Iterator[StripSnapshot]:
    """Yield the runs of several ratios β / α, one after the other; α is 1."""
    for index, ratio in enumerate(ratios):
        asked = replace(settings, content_weight=1.0, style_weight=ratio)
        for snapshot in optimise(network, content, styles, asked):
            yield StripSnapshot(index, f"{ratio:g}", snapshot)


def _gatys(settings: Reconstruction, **changes: object) -> Gatys:
    return Gatys(
        size_px=settings.size_px,
        steps=settings.steps,
        levels=settings.levels,
        variation_weight=settings.variation_weight,
        seed=settings.seed,
        start="noise",
        **changes,
    )
