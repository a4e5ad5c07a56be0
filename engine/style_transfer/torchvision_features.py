"""Feature networks that torchvision publishes, trained on a million photographs: VGG-19 and SqueezeNet 1.1.

VGG-19 is the network of Gatys et al.; its layers of style and content are theirs. SqueezeNet has a hundredth of its
numbers: a fire module squeezes its input to few channels and expands them by filters of 1 × 1 and 3 × 3.

Conventions: as in `features`. Of the published network only the convolutions are kept.

Reference: K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015;
F. N. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50× fewer parameters", 2016.
"""

from __future__ import annotations

from torch import nn
from torchvision import models
from torchvision.models.squeezenet import Fire

from engine.style_transfer.features import FeatureNetwork, Layer

VGG_STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
VGG_CONTENT = "relu4_2"
SQUEEZENET_STYLE = ("conv1", "fire3", "fire5", "fire7", "fire9")
SQUEEZENET_CONTENT = "fire5"


def build(name: str) -> nn.Module:
    """Return torchvision's model `name` untrained, as its published file was saved."""
    return getattr(models, name)(weights=None, **({"init_weights": False} if name.startswith("vgg") else {}))


def vgg_features(model: models.VGG) -> FeatureNetwork:
    """Return the feature network of a VGG, whose layers are the outputs of its ReLUs."""
    layers, stage, k, channels = [], 1, 0, 0
    for end, module in enumerate(model.features, start=1):
        if isinstance(module, nn.MaxPool2d):
            stage, k = stage + 1, 0
        elif isinstance(module, nn.Conv2d):
            channels = module.out_channels
        elif isinstance(module, nn.ReLU):
            k += 1
            layers.append(Layer(f"relu{stage}_{k}", end, channels, 2 ** (stage - 1)))
    return FeatureNetwork("VGG-19", model.features, layers, {VGG_CONTENT: 1.0}, dict.fromkeys(VGG_STYLE, 1.0))


def squeezenet_features(model: models.SqueezeNet, title: str = "SqueezeNet 1.1") -> FeatureNetwork:
    """Return the feature network of a SqueezeNet, whose layers are the first ReLU and the fire modules."""
    layers, stride, n_fires = [], 1, 1
    for end, module in enumerate(model.features, start=1):
        if isinstance(module, Fire):
            n_fires += 1
            channels = module.expand1x1.out_channels + module.expand3x3.out_channels
            layers.append(Layer(f"fire{n_fires}", end, channels, stride))
        elif isinstance(module, nn.ReLU):
            layers.append(Layer("conv1", end, model.features[0].out_channels, stride))
        else:
            stride *= 2  # the convolution and every pooling
    style = dict.fromkeys(SQUEEZENET_STYLE, 1.0)
    return FeatureNetwork(title, model.features, layers, {SQUEEZENET_CONTENT: 1.0}, style)
