"""Style transfer: Gatys against the plain loop of tutorials with the same features, one pass against its aims.

Speed does not depend on what a network has learned, but what optimisation reaches does: TextureVGG has random numbers
where its file is not here. The plain loop is torch's L-BFGS from the photograph at full size in float32, 300 steps, as
in PyTorch's tutorial; the losses are the same. Ours counts the seconds until its picture, as bytes, is as low in the
same float32 objective as the plain one's, cut to [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter

import torch
from torch import Tensor

from engine.datasets.content_pictures import load_content
from engine.datasets.style_pictures import StylePicture, draw
from engine.errors import InvalidInput
from engine.recipes.training import new_model
from engine.style_transfer import adain, johnson, models
from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, optimise, weighting
from engine.style_transfer.objective import Objective
from engine.style_transfer.sizes import longest
from engine.style_transfer.texture_vgg import TextureVGG

SIZE_PX, STEPS, TRIES = 256, 300, 3
OUR_STEPS = 390  # two thirds of them on smaller pictures
JOHNSON_S, ADAIN_S = 0.5, 1.0  # aims, at 512 × 512
Row = tuple[str, str, float, float | None, str]


def rows() -> Iterator[Row]:
    """Yield the comparisons."""
    yield from _one_pass()
    yield from _optimisation()


def _one_pass() -> Iterator[Row]:
    picture = torch.rand(3, 512, 512, generator=torch.Generator().manual_seed(0))
    net, any_style = new_model(johnson.JohnsonNet, 0).eval(), new_model(adain.AdaIN, 0).eval()
    style = [adain.style_moments(any_style, picture[:, :256, :256])]
    mix = adain.Mix((1.0,))
    yield "Johnson, 512 × 512", "aim", _least(lambda: johnson.stylise(net, picture)), JOHNSON_S, "s"
    yield "AdaIN, 512 × 512", "aim", _least(lambda: adain.stylise(any_style, picture, style, mix)), ADAIN_S, "s"


def _least(work: Callable[[], Tensor]) -> float:
    times = []
    for _ in range(TRIES):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times)


def _optimisation() -> Iterator[Row]:
    network = new_model(TextureVGG, 0).requires_grad_(False)
    with suppress(InvalidInput):  # no file, no row
        network = models.FEATURES.row(models.TEXTURE_VGG).make("cpu")
    content = longest(load_content("palace")[None], SIZE_PX)[0]
    style = draw(StylePicture("swirls", 16, SIZE_PX))
    settings = Gatys(size_px=SIZE_PX, steps=OUR_STEPS)
    objective = Objective(network, content[None], [style[None]], [1.0], weighting(network, settings), exact=True)
    reached, plain_s = _plain(objective, content)
    ours_s, lowest = _ours(network, content, style, settings, objective, reached)
    yield f"Gatys, {SIZE_PX} px, to the loss of {STEPS} plain steps", "plain L-BFGS, float32", ours_s, plain_s, "s"
    yield "Gatys, the loss that is reached then", "plain L-BFGS, float32", lowest, reached, ""


def _plain(objective: Objective, content: Tensor) -> tuple[float, float]:
    """Return the loss after the steps of the tutorial's loop, and its seconds."""
    picture = content[None].clone().requires_grad_(True)
    optimiser, done = torch.optim.LBFGS([picture]), 0
    began = perf_counter()
    while done < STEPS:

        def closure() -> Tensor:
            nonlocal done
            optimiser.zero_grad()
            total = objective.terms(picture)[0]
            total.backward()
            done += 1
            return total

        optimiser.step(closure)
    seconds = perf_counter() - began
    return objective.losses(picture.detach().clamp(0, 1)).total, seconds


def _ours(
    network: FeatureNetwork, content: Tensor, style: Tensor, settings: Gatys, objective: Objective, wanted: float
) -> tuple[float, float]:
    """Return the seconds until the loss is reached (or of the whole run), without those for looking, and the loss."""
    seconds, lowest = 0.0, float("inf")
    run = optimise(network, content, [style], settings)
    while lowest > wanted:
        began = perf_counter()
        snapshot = next(run, None)
        seconds += perf_counter() - began
        if snapshot is None:
            break
        if max(snapshot.picture.shape) == SIZE_PX and snapshot.step % 5 == 0:
            lowest = min(lowest, objective.losses(snapshot.picture[None].float() / 255).total)
    return seconds, lowest
