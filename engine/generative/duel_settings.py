"""The settings of the game on the plane: the data, the two players, the loss, and how they take turns."""

from __future__ import annotations

from dataclasses import dataclass

from engine.generative.losses import LOSSES
from engine.generative.plane_data import DRAWN, NAMES
from engine.generative.plane_network import ACTIVATIONS, PlaneNetwork
from engine.generative.plane_optimiser import OPTIMISERS, Rule
from engine.settings import check, choice, integer, real

LATENTS = {"normal": "normal", "uniform": "uniform"}
MOST_ROUNDS = 20_000


def _rate(default: float, who: str):
    return real(default, 1e-5, 1.0, label=f"{who} learning rate α", scale="log", help="The length of its steps.")


def _optimiser(default: str, who: str):
    return choice(default, OPTIMISERS, label=f"{who} optimiser", help="How it moves along its gradient.")


def _beta(default: float, which: str, who: str, of: str):
    return real(default, 0.0, 0.999, step=0.001, label=f"{who} {which}", help=of)


def _width(default: int, who: str):
    return integer(default, 2, 128, label=f"{who} width", scale="log", help="Units in each hidden layer.")


def _depth(default: int, who: str):
    return integer(default, 0, 4, label=f"{who} hidden layers", help="0 is a linear map.")


def _activation(default: str, who: str):
    return choice(default, ACTIVATIONS, label=f"{who} activation", help="φ of the hidden layers.")


FIRST_BETA = "Share of the last step made again (momentum), or of the mean gradient (Adam)."
SECOND_BETA = "How long the mean square is remembered (RMSProp, Adam)."


@dataclass(frozen=True)
class Game:
    """Every setting of the game; the field names are the parameters of its link."""

    plane_data: str = choice("ring", NAMES, label="data", help="What the generator is to imitate.")
    point_spread: float = real(
        0.1, 0.02, 0.5, label="spread of drawn points", step=0.01, help="σ around each point that you draw."
    )
    game_loss: str = choice("non_saturating", LOSSES, label="loss", help="What the two players minimise.")
    penalty: float = real(
        1.0, 0.0, 100.0, label="penalty weight λ", scale="log", help="How strongly ‖∇D‖ is held at 1; WGAN-GP alone."
    )
    rounds: int = integer(
        2000, 50, MOST_ROUNDS, label="rounds", scale="log", help="How many rounds are played; “Go on” adds as many."
    )
    head_start: int = integer(
        0, 0, 5000, label="D's head start", scale="log", help="Steps that D makes alone before the first round."
    )
    d_steps: int = integer(1, 1, 10, label="D steps a round", help="Each on a fresh batch.")
    g_steps: int = integer(1, 1, 10, label="G steps a round", help="Each on a fresh batch.")
    game_batch: int = integer(256, 4, 512, label="batch size", scale="log", help="Real, and generated, points a step.")
    latent_size: int = integer(2, 1, 16, label="latent dimension", help="How many numbers z has.")
    latent_kind: str = choice("uniform", LATENTS, label="latent distribution", help="Normal, or uniform in [−1, 1].")
    d_rate: float = _rate(0.005, "D")
    g_rate: float = _rate(0.001, "G")
    d_optimiser: str = _optimiser("adam", "D")
    g_optimiser: str = _optimiser("adam", "G")
    d_beta1: float = _beta(0.5, "β₁", "D", FIRST_BETA)
    g_beta1: float = _beta(0.5, "β₁", "G", FIRST_BETA)
    d_beta2: float = _beta(0.9, "β₂", "D", SECOND_BETA)
    g_beta2: float = _beta(0.9, "β₂", "G", SECOND_BETA)
    d_width: int = _width(64, "D")
    g_width: int = _width(64, "G")
    d_depth: int = _depth(2, "D")
    g_depth: int = _depth(2, "G")
    d_activation: str = _activation("elu", "D")
    g_activation: str = _activation("relu", "G")
    game_seed: int = integer(0, 0, 9999, label="seed", help="Another number gives other networks and other chance.")

    def __post_init__(self) -> None:
        check(self)

    @property
    def generator(self) -> PlaneNetwork:
        """The form of G: latent → plane."""
        return PlaneNetwork((self.latent_size, *[self.g_width] * self.g_depth, 2), self.g_activation)

    @property
    def discriminator(self) -> PlaneNetwork:
        """The form of D: plane → score."""
        return PlaneNetwork((2, *[self.d_width] * self.d_depth, 1), self.d_activation)

    @property
    def g_rule(self) -> Rule:
        """How G moves."""
        return Rule(self.g_optimiser, self.g_rate, self.g_beta1, self.g_beta2)

    @property
    def d_rule(self) -> Rule:
        """How D moves."""
        return Rule(self.d_optimiser, self.d_rate, self.d_beta1, self.d_beta2)


# What may differ between a game and one that branches off from it: all but the data, the networks' form and the start.
OF_THE_PLAY = tuple(
    name
    for name in Game.__dataclass_fields__
    if name.removeprefix("g_").removeprefix("d_") not in ("width", "depth", "activation")
    and name not in ("plane_data", "point_spread", "latent_size", "latent_kind", "game_seed", "head_start", "rounds")
)
IS_DRAWN = DRAWN
