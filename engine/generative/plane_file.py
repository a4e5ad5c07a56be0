"""A player of the game as a safetensors file: "layers.0.weight" (n_out, n_in), "layers.0.bias" (n_out,), and so on.

Conventions: float32; the metadata are the settings of the game and the step, as JSON. Between the layers stands the
activation, after the last nothing: torch.nn.Sequential of Linear layers takes them as they are.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import safetensors.torch

from engine.generative.duel_settings import Game
from engine.generative.plane_player import Player

FORMAT = "tangent plane network 1"


def save_player(player: Player, game: Game, step: int) -> bytes:
    """Return the file of a player as it stands."""
    tensors = {}
    for k, layer in enumerate(player.layers):
        tensors[f"layers.{k}.weight"] = layer.weight.clone()
        tensors[f"layers.{k}.bias"] = layer.bias.clone()
    network = {"sizes": player.network.sizes, "activation": player.network.activation}
    metadata = {"format": FORMAT, "network": network, "step": step, "settings": asdict(game)}
    return safetensors.torch.save(tensors, {name: json.dumps(value) for name, value in metadata.items()})
