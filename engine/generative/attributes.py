"""Directions in z that change one thing in the picture: linear probes of what a classifier sees.

n samples z are painted, the classifier answers p(value | picture), and for each value a linear model of z is fitted:

    logistic   p ≈ σ(w · z + b),  by Newton's method on the cross entropy with p as soft labels, plus λ ‖w‖² / 2
    linear     p ≈ w · z + b,     by least squares, plus λ ‖w‖² / 2

The direction is d = w / ‖w‖, and a slider adds α d to z; α is in standard deviations, as z · d is standard normal.
Attributes that lie askew in z move together; "apart" takes from d what it shares with the other attributes' directions:

    wholly   d⊥ = d − Q Qᵀ d,  Q an orthonormal basis of the others                         (conditional manipulation)
    softly   d⊥ = λ (Bᵀ B + λ I)⁻¹ d,  B the others as rows: the largest of  d · v − (‖B v‖² / λ + ‖v‖²) / 2

With many others hardly anything of d is left wholly apart. Softly it gives up only what many or strong others share; as
λ falls the second becomes the first, as λ grows d stays as it was.

Conventions: z is (N, L) float32; directions are (L,) float32 of length 1. A slider is named "attribute: value".

Reference: Y. Shen et al., "Interpreting the latent space of GANs for semantic face editing", CVPR 2020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.avatars import FREQUENCIES
from engine.errors import InvalidInput, constraint
from engine.generative.painter import Painter
from engine.generative.readers import AvatarReader
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, choice, flag, integer, real

PROBES = {"logistic": "logistic regression", "linear": "linear regression"}
RIDGE = 1e-3  # λ, times the number of samples
NEWTON_STEPS = 12
MAX_ALPHA = 4.0
SOFTLY = 0.1  # λ of softly apart: on both networks most of the leak goes, and most of the own effect stays
MAIN: Mapping[str, str] = {  # what a slider of the attribute as a whole leads to
    "glasses": "none",
    "hat": "none",
    "beard": "none",
    "smiling": "yes",
    "eyes": "closed",
    "age": "old",
    "freckles": "yes",
    "earrings": "yes",
}


@dataclass(frozen=True)
class Probing:
    """How directions are found."""

    n: int = integer(3000, 200, 20_000, label="samples")
    probe: str = choice("logistic", PROBES, label="probe")
    apart: bool = flag(True, label="apart", help="Take out what the other attributes' directions share.")
    softness: float = real(0.0, 0.0, 10.0, label="softness λ", help="Of apart; at 0 all that is shared is taken out.")
    seed: int = integer(0, 0, 2**31 - 1, label="seed")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Slider:
    """What a slider changes.

    Attributes:
        attribute: such as "glasses".
        value: what it leads to, such as "round"; "any" for whatever is not "none".
    """

    attribute: str
    value: str

    @property
    def name(self) -> str:
        """Such as "glasses: round"."""
        return f"{self.attribute}: {self.value}"

    def probability(self, answers: Mapping[str, Tensor]) -> Tensor:
        """Return p (N,) of the classifier's answers."""
        values = list(FREQUENCIES[self.attribute])
        if self.value == "any":
            return 1 - answers[self.attribute][:, values.index("none")]
        return answers[self.attribute][:, values.index(self.value)]


def _sliders() -> tuple[Slider, ...]:
    found = []
    for attribute, values in FREQUENCIES.items():
        if MAIN.get(attribute) == "none":
            found.append(Slider(attribute, "any"))
        chosen = [MAIN[attribute]] if len(values) == 2 else [value for value in values if value != "none"]
        found += [Slider(attribute, value) for value in chosen]
    return tuple(found)


SLIDERS = _sliders()


@dataclass(frozen=True, eq=False)
class Directions:
    """What was found: `vectors` (S, L) of length 1, one for each of `SLIDERS`, and `fit` (S,), how well z tells p.

    `fit` is the correlation of w · z + b with the answers (its logistic function, where that was fitted): near 0 the
    attribute is not linear in z, or hardly ever seen.
    """

    vectors: Tensor
    fit: Tensor

    def of(self, name: str) -> Tensor:
        """Return the direction (L,) of a slider.

        Raises:
            InvalidInput: there is no such slider.
        """
        names = [slider.name for slider in SLIDERS]
        if name not in names:
            raise InvalidInput(constraint("slider", f"one of {', '.join(names)}", name))
        return self.vectors[names.index(name)]

    def moved(self, z: Tensor, alphas: Mapping[str, float]) -> Tensor:
        """Return z (N, L) with α d added for every slider named."""
        for name, alpha in alphas.items():
            z = z + alpha * self.of(name)
        return z


def find_directions(painter: Painter, reader: AvatarReader, settings: Probing) -> Directions:
    """Return the directions of all `SLIDERS`; painting takes nearly all of the time."""
    z = torch.randn(settings.n, painter.latent, generator=generator(child_seed(settings.seed, "probing")))
    answers = read(painter, reader, z)
    targets = torch.stack([slider.probability(answers) for slider in SLIDERS], 1)  # (N, S)
    weights, fit = probe(z, targets, settings.probe)
    vectors = torch.nn.functional.normalize(weights, dim=1)
    return Directions(set_apart(vectors, SLIDERS, settings.softness) if settings.apart else vectors, fit)


def read(painter: Painter, reader: AvatarReader, z: Tensor) -> dict[str, Tensor]:
    """Return what the classifier says of the pictures of z (N, L): attribute → (N, values)."""
    parts = [reader.probabilities(painter.paint(part)) for part in z.split(250)]
    return {name: torch.cat([part[name] for part in parts]) for name in FREQUENCIES}


def probe(z: Tensor, targets: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """Return w (S, L) and the fit (S,) of linear models of targets (N, S) in [0, 1]; a kind is one of `PROBES`."""
    x = torch.cat([z, torch.ones(len(z), 1)], 1).double()
    y = targets.double()
    ridge = RIDGE * len(z) * torch.eye(x.shape[1], dtype=torch.float64)
    ridge[-1, -1] = 1e-9  # the offset is free
    if kind == "linear":
        weights = torch.linalg.solve(x.T @ x + ridge, x.T @ y)
        said = x @ weights
    else:
        weights = torch.stack([_logistic(x, column, ridge) for column in y.T], 1)
        said = torch.sigmoid(x @ weights)
    centred = [values - values.mean(0) for values in (said, y)]
    norms = [values.norm(dim=0).clamp_min(1e-12) for values in centred]
    fit = (centred[0] * centred[1]).sum(0) / (norms[0] * norms[1])
    return weights[:-1].T.float(), fit.float()


def _logistic(x: Tensor, y: Tensor, ridge: Tensor) -> Tensor:
    """Return the weights of logistic regression on soft labels, by Newton's method."""
    weights = torch.zeros(x.shape[1], dtype=x.dtype)
    for _ in range(NEWTON_STEPS):
        p = torch.sigmoid(x @ weights)
        gradient = x.T @ (p - y) + ridge @ weights
        step = torch.linalg.solve((x * (p * (1 - p)).clamp_min(1e-6)[:, None]).T @ x + ridge, gradient)
        weights = weights - step * min(1.0, 5.0 / float(step.norm().clamp_min(1e-12)))
    return weights


def set_apart(vectors: Tensor, sliders: Sequence[Slider], softness: float = 0.0) -> Tensor:
    """Return each direction without what it shares with those of other attributes, again of length 1, (S, L).

    Directions of the same attribute stay as they are to one another. One that is nothing but a mixture of others is
    left as it was where all that is shared goes; with a softness λ above 0 only a part of it goes.
    """
    found = []
    for slider, vector in zip(sliders, vectors.double(), strict=True):
        others = vectors.double()[[other.attribute != slider.attribute for other in sliders]]
        rest = _softly(vector, others, softness) if softness else _wholly(vector, others)
        found.append(rest / rest.norm() if rest.norm() > 1e-2 else vector)
    return torch.stack(found).to(vectors.dtype)


def _wholly(vector: Tensor, others: Tensor) -> Tensor:
    """Return what of a direction (L,) is orthogonal to all others (K, L)."""
    _, values, basis = torch.linalg.svd(others, full_matrices=False)
    basis = basis[values > 1e-2 * values.max()]
    return vector - basis.T @ (basis @ vector)


def _softly(vector: Tensor, others: Tensor, softness: float) -> Tensor:
    """Return λ (Bᵀ B + λ I)⁻¹ d of a direction d (L,) and others B (K, L)."""
    system = others.T @ others + softness * torch.eye(len(vector), dtype=vector.dtype)
    return softness * torch.linalg.solve(system, vector)


@dataclass(frozen=True, eq=False)
class Effect:
    """What a slider does from −α to +α, as means over samples.

    Attributes:
        own: how much the probability of its value grows, in [−1, 1].
        others: attribute → how much of its probability moves, in [0, 1] (half the sum of absolute changes).
    """

    own: float
    others: Mapping[str, float]

    @property
    def leak(self) -> float:
        """The mean change of the other attributes."""
        return sum(self.others.values()) / len(self.others)

    @property
    def disentanglement(self) -> float:
        """own / (own + leak) in [0, 1]: 1 where nothing else changes, ½ where others change as much."""
        own = max(0.0, self.own)
        return own / (own + self.leak) if own + self.leak > 0 else 0.0


def effect(
    painter: Painter,
    reader: AvatarReader,
    slider: Slider,
    direction: Tensor,
    alpha: float = 2.0,
    n: int = 200,
    seed: int = 1,
) -> Effect:
    """Return what a slider does to n samples that were not used to find it.

    Raises:
        InvalidInput: α is not above 0 and at most `MAX_ALPHA`.
    """
    if not 0 < alpha <= MAX_ALPHA:
        raise InvalidInput(constraint("α", f"above 0 and at most {MAX_ALPHA:g}", alpha))
    z = torch.randn(n, painter.latent, generator=generator(child_seed(seed, "effect")))
    low, high = (read(painter, reader, z + sign * alpha * direction) for sign in (-1, 1))
    others = {
        name: float((high[name] - low[name]).abs().sum(1).mean() / 2)
        for name in FREQUENCIES
        if name != slider.attribute
    }
    return Effect(float((slider.probability(high) - slider.probability(low)).mean()), others)
