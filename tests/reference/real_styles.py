"""The photographs, paintings and judge with which style transfer is measured: `python -m tests.reference.real_styles`.

The judge is SqueezeNet 1.0 with its real weights, which no method here has seen. The reference is Gatys run on the
judge's own features. For each method, and the mean over pairs of a photograph and a painting, the table says what share
of the style distance is closed and what it costs in content (`engine.metrics.style`), for several β / α where there is
one; and what the method closes of what the reference closes at the same cost, read between its points.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision import models as torchvision_models

from engine.io.images import decode_image, encode_png
from engine.metrics.style import StyleTransferFigures, judge
from engine.style_transfer import adain, johnson, models
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, optimise
from engine.style_transfer.sizes import fit, longest
from engine.style_transfer.torchvision_features import squeezenet_features
from tests.reference.real_data import FOLDER

PHOTOGRAPHS = ("style/gatys/Tuebingen_Neckarfront.jpg", "style/photos/chicago.jpg", "style/photos/stata.jpg")
PAINTINGS = ("style/gatys/vangogh_starry_night.jpg", "style/photos/wave.jpg")
STYLE, CONTENT = ("conv1", "fire3", "fire5", "fire7", "fire9"), ("fire5",)
SIZE_PX, STEPS = 256, 90
RATIOS = (1.0, 5.0, 20.0, 100.0)
Method = Callable[[Tensor, Tensor], Tensor]  # (photograph, painting), each (3, H, W) → picture


def load_judge() -> FeatureNetwork:
    """Return the judge; the folder of real weights must be here."""
    model = torchvision_models.squeezenet1_0(weights=None)
    (file,) = (FOLDER / "weights" / "squeezenet1_0").glob("*.pth")
    model.load_state_dict(torch.load(file, weights_only=True))
    return squeezenet_features(model, "SqueezeNet 1.0").eval().requires_grad_(False)


def read(path: str, size_px: int = SIZE_PX) -> Tensor:
    """Return a picture of the folder with a longer side of `size_px`."""
    return longest(decode_image((FOLDER / path).read_bytes(), path)[None], size_px)[0]


def figures(network: FeatureNetwork, result: Tensor, photograph: Tensor, painting: Tensor) -> StyleTransferFigures:
    """Return what the judge says of a result of the photograph's size."""
    style, content = ([_features(network, x, names) for x in (result, photograph)] for names in (STYLE, CONTENT))
    pairs = list(zip(style, content, strict=True))
    return judge(pairs[0], pairs[1], _features(network, painting, STYLE))


@torch.no_grad()
def _features(network: FeatureNetwork, picture: Tensor, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {name: found[0].numpy() for name, found in network(picture[None], names).items()}


def gatys(network: FeatureNetwork, ratio: float) -> Method:
    """Return Gatys on a network's features with β / α."""
    settings = Gatys(size_px=SIZE_PX, steps=STEPS, style_weight=ratio)

    def method(photograph: Tensor, painting: Tensor) -> Tensor:
        *_, last = optimise(network, photograph, [painting], settings)
        return last.picture.float() / 255

    return method


def any_style(network: adain.AdaIN) -> Method:
    """Return AdaIN at full strength."""
    mix = adain.Mix((1.0,))
    return lambda photograph, painting: adain.stylise(
        network, photograph, [adain.style_moments(network, painting)], mix
    )


def one_style(network: johnson.JohnsonNet) -> Method:
    """Return Johnson's network, which has a painting of its own."""
    return lambda photograph, painting: johnson.stylise(network, photograph)


def measure(
    network: FeatureNetwork, method: Method, pairs: list[tuple[Tensor, Tensor]]
) -> tuple[StyleTransferFigures, list[Tensor]]:
    """Return the mean figures over pairs of photograph and painting, and the results."""
    results = [fit(method(*pair)[None], tuple(pair[0].shape[1:]))[0] for pair in pairs]
    each = [figures(network, result, *pair) for result, pair in zip(results, pairs, strict=True)]
    closed, cost = (float(np.mean([getattr(one, name) for one in each])) for name in ("closed", "cost"))
    return StyleTransferFigures(closed, cost), results


def at_cost(reference: list[StyleTransferFigures], cost: float) -> float:
    """Return what the reference closes at a cost, between its points; from no cost at no gain on."""
    points = sorted([StyleTransferFigures(0.0, 0.0), *reference], key=lambda point: point.cost)
    return float(np.interp(cost, [point.cost for point in points], [point.closed for point in points]))


def johnson_pairs(kind: str) -> list[tuple[Tensor, Tensor]]:
    """Return the photographs with the style picture that Johnson's network of a kind has learned."""
    from engine.datasets.style_pictures import KINDS, StylePicture, draw

    painting = draw(StylePicture(kind, KINDS[kind].hung[0], SIZE_PX))
    return [(read(path), painting) for path in PHOTOGRAPHS]


def main() -> None:
    """Print the table; write the pictures where asked to."""
    parser = argparse.ArgumentParser(description="Measure style transfer on real photographs and paintings.")
    parser.add_argument("--pictures", type=Path, help="a folder for the results")
    parser.add_argument("--pairs", type=int, default=len(PHOTOGRAPHS) * len(PAINTINGS))
    chosen = parser.parse_args()
    real = [(read(photograph), read(painting)) for photograph in PHOTOGRAPHS for painting in PAINTINGS][: chosen.pairs]
    network = load_judge()
    print("| method | β / α | closed | cost | of the reference at this cost |\n|---|---|---|---|---|", flush=True)
    reference = _rows("reference", network, network, real, [], chosen.pictures)
    for key in (models.TEXTURE_VGG, models.RANDOM_FILTERS):
        if key in models.FEATURES:
            row = models.FEATURES.row(key)
            _rows(f"Gatys, {row.title}", network, row.make("cpu"), real, reference, chosen.pictures)
    for row in models.ANY_STYLE.values():
        _row(row.title, "", *measure(network, any_style(row.make("cpu")), real), reference, chosen.pictures)
    for kind, weights in models.declarations.JOHNSON.items():
        pairs = johnson_pairs(kind)
        own = _rows(f"reference, {kind}", network, network, pairs, [], chosen.pictures)
        method = one_style(models.JOHNSON.row(weights.name).make("cpu"))
        _row(f"Johnson, {kind}", "", *measure(network, method, pairs), own, chosen.pictures)


def _rows(
    title: str,
    network: FeatureNetwork,
    features: FeatureNetwork,
    pairs: list[tuple[Tensor, Tensor]],
    reference: list[StyleTransferFigures],
    folder: Path | None,
) -> list[StyleTransferFigures]:
    points = []
    for ratio in RATIOS:
        point, results = measure(network, gatys(features, ratio), pairs)
        _row(title, f"{ratio:g}", point, results, reference, folder)
        points.append(point)
    return points


def _row(
    title: str,
    ratio: str,
    point: StyleTransferFigures,
    results: list[Tensor],
    reference: list[StyleTransferFigures],
    folder: Path | None,
) -> None:
    share = f"{point.closed / at_cost(reference, point.cost):.0%}" if reference else ""
    print(f"| {title} | {ratio} | {point.closed:.3f} | {point.cost:.3f} | {share} |", flush=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        row = torch.cat([fit(result[None], (192, 256))[0] for result in results], 2)
        (folder / f"{title} {ratio}.png").write_bytes(encode_png(row))


if __name__ == "__main__":
    main()
