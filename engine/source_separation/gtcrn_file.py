"""Loading GTCRN's published checkpoint, in which the network's tensors lie beside those of its optimiser."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from engine.errors import IncompatibleWeights
from engine.runtime import as_device, models
from engine.source_separation.declarations import GTCRN_DNS3
from engine.source_separation.gtcrn import Gtcrn
from engine.weights import fetch


def load_gtcrn(device: torch.device | str | None = None) -> Gtcrn:
    """Return the network with its weights, in eval mode, shared through the pool of models; a missing file is fetched.

    Raises:
        WeightsError: the file cannot be had, is another than declared, or does not fit.
    """
    device = as_device(device)
    return models().get(("weights", GTCRN_DNS3, str(device)), lambda: _filled().to(device).eval().requires_grad_(False))


def _filled() -> Gtcrn:
    path, network = fetch(GTCRN_DNS3), Gtcrn()
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        tensors = checkpoint["model"] if isinstance(checkpoint, Mapping) else {}
        network.load_state_dict(tensors, strict=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to lead to
        raise IncompatibleWeights(f"{path} cannot be read as weights of GTCRN. Use the published file.") from error
    return network
