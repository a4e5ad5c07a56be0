"""A player of the game on the plane: a network, its parameters and what moves it; and what G begins with."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.generative.duel_settings import Game
from engine.generative.plane_network import PlaneNetwork
from engine.generative.plane_optimiser import Mover, Rule
from engine.runtime.seeds import child_seed, generator


class Player:
    """A network that plays: its form, its parameters, and how it moves."""

    def __init__(self, network: PlaneNetwork, parameters: Tensor, mover: Mover) -> None:
        self.network = network
        self.parameters = parameters
        self.mover = mover
        self.layers = network.layers(parameters)
        self._gradient = torch.zeros_like(parameters)
        self.into = network.layers(self._gradient)

    def follow(self, rule: Rule) -> None:
        """Move by this rule from now on; another kind of optimiser begins without memory."""
        if rule.name != self.mover.rule.name:
            self.mover = Mover.at_rest(rule, self.parameters)
        self.mover.rule = rule

    def move(self) -> None:
        """Move along the gradient that was written to `into`."""
        self.mover.move(self.parameters, self._gradient)

    def copy(self) -> Player:
        """Return the same player, to be changed apart."""
        mover = Mover(self.mover.rule, self.mover.first.clone(), self.mover.second.clone(), self.mover.n_steps)
        return Player(self.network, self.parameters.clone(), mover)

    def __getstate__(self) -> tuple:
        return self.network, self.parameters, self.mover

    def __setstate__(self, state: tuple) -> None:
        self.__init__(*state)


def latent(game: Game, n: int, chance: torch.Generator) -> Tensor:
    """Return n latent vectors z, (n, latent_size)."""
    if game.latent_kind == "uniform":
        return torch.rand(n, game.latent_size, generator=chance).mul_(2).sub_(1)
    return torch.randn(n, game.latent_size, generator=chance)


def new_player(game: Game, who: str) -> Player:
    """Return G ("g") or D ("d") of a seed, before its first step."""
    network = game.generator if who == "g" else game.discriminator
    parameters = network.initial(generator(child_seed(game.game_seed, f"initial {who}")))
    return Player(network, parameters, Mover.at_rest(game.g_rule if who == "g" else game.d_rule, parameters))
