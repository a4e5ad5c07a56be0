"""From the tensors of the published EfficientPose file to those of `EfficientPose`, by name and with nothing left over.

    batch normalisation after a convolution:   w' = w · γ / √(σ² + ε),   b' = β − μ · γ / √(σ² + ε)
    e-swish, 1.25 · x · σ(x), in the passes:   the layer after it gets 1.25 · w instead

The second is exact because what follows each e-swish is linear in it: the depthwise convolution (its padding is zero),
the gate's layers, the projection.

Conventions: the published names come from a conversion of the TensorFlow model; ε is Keras's default, 0.001.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from engine.errors import IncompatibleWeights

EPSILON = 1e-3
E_SWISH = 1.25
_BLOCKS = ("1a", "2a", "2b", "3a", "3b")
_PASSES = {"skeleton": "pass1", "detection1": "pass2", "detection2": "pass3"}


def convert(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of `EfficientPose`.

    Raises:
        IncompatibleWeights: a tensor is missing, has another shape than its neighbours need, or has no place.
    """
    left = {name: tensor.detach() for name, tensor in published.items()}
    try:
        state = {name: tensor for layer in _layers(left) for name, tensor in layer}
    except KeyError as error:
        raise IncompatibleWeights(f"The file has no {error.args[0]}. Use the published one.") from error
    except RuntimeError as error:
        raise IncompatibleWeights("The file's tensors do not fit one another. Use the published one.") from error
    if left:
        raise IncompatibleWeights(f"In EfficientPose RT nothing is called {min(left)}. Use the published file.")
    return state


def _layers(left: dict[str, Tensor]) -> Iterator[list[tuple[str, Tensor]]]:
    yield _convolution(left, "stem", "stem_conv_res1_convolution", "stem_bn_res1")
    for k, block in enumerate(_BLOCKS):
        ours, theirs = f"backbone.{k}", f"block{block}"
        if k:
            yield _convolution(
                left, f"{ours}.expand", f"{theirs}_expand_conv_res1_convolution", f"{theirs}_expand_bn_res1"
            )
        yield _convolution(left, f"{ours}.depthwise", f"{theirs}_dwconv_res1_depthwise", f"{theirs}_bn_res1")
        yield _dense(left, f"{ours}.squeeze", f"{theirs}_se_reduce_res1_convolution")
        yield _dense(left, f"{ours}.excite", f"{theirs}_se_expand_res1_convolution")
        project = f"{theirs}_project_conv_res1_convolution", f"{theirs}_project_bn_res1"
        yield _convolution(left, f"{ours}.project", *project)
    for stage, number in _PASSES.items():
        for k in range(3):
            ours, theirs = f"{stage}.blocks.{k}", f"{number}_block1_mbconv{k + 1}_{stage}"
            yield _convolution(left, f"{ours}.expand", f"{theirs}_conv1_convolution", f"{theirs}_conv1_bn")
            yield _convolution(left, f"{ours}.depthwise", f"{theirs}_dconv1_depthwise", f"{theirs}_dconv1_bn", E_SWISH)
            yield _dense(left, f"{ours}.squeeze", f"{theirs}_se_se_squeeze_conv_convolution", E_SWISH)
            yield _dense(left, f"{ours}.excite", f"{theirs}_se_se_excite_conv_convolution", E_SWISH)
            yield _convolution(left, f"{ours}.project", f"{theirs}_conv2_convolution", f"{theirs}_conv2_bn", E_SWISH)
    head = "pass3_detection2_confs_convolution"
    yield [("head.weight", left.pop(f"{head}.weight")), ("head.bias", left.pop(f"{head}.bias"))]


def _convolution(
    left: dict[str, Tensor], ours: str, conv: str, norm: str, gain: float = 1.0
) -> list[tuple[str, Tensor]]:
    """Take a convolution and its batch normalisation; `gain` is what its input would have been multiplied by."""
    gamma, beta, mean, variance = (
        left.pop(f"{norm}_FusedBatchNorm_1.{part}") for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / torch.sqrt(variance + EPSILON)
    weight = left.pop(f"{conv}.weight") * (gain * scale)[:, None, None, None]
    return [(f"{ours}.weight", weight), (f"{ours}.bias", beta - mean * scale)]


def _dense(left: dict[str, Tensor], ours: str, conv: str, gain: float = 1.0) -> list[tuple[str, Tensor]]:
    """Take a 1 × 1 convolution of a single place, which is a dense layer."""
    return [
        (f"{ours}.weight", left.pop(f"{conv}.weight")[:, :, 0, 0] * gain),
        (f"{ours}.bias", left.pop(f"{conv}.bias")),
    ]
