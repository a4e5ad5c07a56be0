"""The tables of models of style transfer that a visitor can choose from: features, one style each, any style.

Importing this module imports no torch: a page lists the models before any is made. The networks of our own have a row
as soon as `declarations` names their files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.style_transfer import declarations
from engine.weights import Weights, load
from engine.weights.model_table import Model, ModelTable

if TYPE_CHECKING:
    import torch

    from engine.style_transfer.adain import AdaIN
    from engine.style_transfer.features import FeatureNetwork
    from engine.style_transfer.johnson import JohnsonNet

RANDOM_FILTERS, TEXTURE_VGG, VGG19, SQUEEZENET = "RANDOM_FILTERS", "TEXTURE_VGG_V1", "VGG19", "SQUEEZENET1_1"
ADAIN = "ADAIN_V1"
JOHNSON_TITLES = {  # kind of style picture → title, sentence
    "swirls": ("Swirling brush strokes", "Thick strokes that follow a wind."),
    "mosaic": ("Mosaic", "Small stones in dark grout."),
    "stained_glass": ("Stained glass", "Panes of coloured glass between lead."),
    "woodcut": ("Woodcut", "A few flat inks under a black key block."),
}


def _random_filters(device: torch.device | str | None = None) -> FeatureNetwork:
    from engine.runtime.device import as_device
    from engine.style_transfer.random_filters import RandomFilters

    return RandomFilters().to(as_device(device)).eval()


def _loaded(weights: Weights, device: torch.device | str | None = None) -> FeatureNetwork | JohnsonNet | AdaIN:
    return load(weights, device)


def _vgg(device: torch.device | str | None = None) -> FeatureNetwork:
    from engine.style_transfer.torchvision_features import vgg_features

    model = load(declarations.VGG19, device)
    return vgg_features(model).to(next(model.parameters()).device).eval()


def _squeezenet(device: torch.device | str | None = None) -> FeatureNetwork:
    from engine.style_transfer.torchvision_features import squeezenet_features

    model = load(declarations.SQUEEZENET1_1, device)
    return squeezenet_features(model).to(next(model.parameters()).device).eval()


def feature_models() -> ModelTable:
    """Return the feature networks, the box's best one first."""
    rows = [
        Model(RANDOM_FILTERS, "Random filters", "Filters at four scales that nobody trained.", None, _random_filters),
        Model(VGG19, "VGG-19", "The network of Gatys et al., trained on photographs.", declarations.VGG19, _vgg),
        Model(
            SQUEEZENET,
            "SqueezeNet 1.1",
            "A small network trained on photographs.",
            declarations.SQUEEZENET1_1,
            _squeezenet,
        ),
    ]
    own = declarations.TEXTURE_VGG_V1
    if own is not None:
        sentence = "A small VGG of our own, trained on drawn colours, materials, patterns, shapes and letters."
        rows.insert(0, Model(TEXTURE_VGG, "TextureVGG", sentence, own, partial(_loaded, own)))
    return ModelTable(rows)


def johnson_models() -> ModelTable:
    """Return Johnson's networks, one per style."""
    make: Callable[[Weights], Callable] = lambda weights: partial(_loaded, weights)  # noqa: E731
    return ModelTable(
        Model(weights.name, *JOHNSON_TITLES[kind], weights, make(weights))
        for kind, weights in declarations.JOHNSON.items()
    )


def adain_models() -> ModelTable:
    """Return the networks for any style: one or, before its file is here, none."""
    own = declarations.ADAIN_V1
    sentence = "Any style picture at once: mean and spread of each feature are taken from it."
    return ModelTable([] if own is None else [Model(ADAIN, "AdaIN", sentence, own, partial(_loaded, own))])


FEATURES, JOHNSON, ANY_STYLE = feature_models(), johnson_models(), adain_models()
