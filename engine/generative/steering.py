"""Steering a face: one slider for each direction that was found in z, and what each of them does, measured.

    z' = z + Σ_s α_s d_s

Conventions: α in standard deviations of z, in [−4, 4]; a slider's field is its name with "_" for ": ". z is (N, L).

Reference: as in `attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, make_dataclass

import torch
from torch import Tensor

from engine.generative.attributes import MAX_ALPHA, SLIDERS, Directions, effect
from engine.generative.painter import Painter
from engine.generative.readers import AvatarReader
from engine.settings import check, limits_of, real

FIELDS = {f"{slider.attribute}_{slider.value}": slider for slider in SLIDERS}
MEASURED_ALPHA = 2.0


def _limits(name: str) -> object:
    slider = FIELDS[name]
    main = {"any": slider.attribute, "yes": slider.attribute, "closed": "eyes closed"}.get(slider.value, slider.value)
    said = f"z · d in standard deviations; d leads to “{slider.name}”."
    return real(0.0, -MAX_ALPHA, MAX_ALPHA, step=0.1, label=main.replace("_", " "), help=said)


Steering = make_dataclass(
    "Steering",
    [(name, float, _limits(name)) for name in FIELDS],
    frozen=True,
    namespace={
        "__module__": __name__,
        "__post_init__": check,
        "__doc__": "How far each slider is moved, α in [−4, 4].",
    },
)


def alphas(settings: Steering) -> dict[str, float]:
    """Return slider's name → α, for the sliders that are moved."""
    moved = {name: getattr(settings, name) for name in limits_of(settings)}
    return {FIELDS[name].name: alpha for name, alpha in moved.items() if alpha}


def along(z: Tensor, direction: Tensor, n: int = 9, reach: float = MAX_ALPHA) -> Tensor:
    """Return n points (n, L) from z (L,) − reach · d to z + reach · d."""
    return z + torch.linspace(-reach, reach, n)[:, None] * direction


@dataclass(frozen=True)
class Row:
    """What one slider does.

    Attributes:
        name: of the slider.
        fit: how well a linear model of z tells its attribute, a correlation.
        own: how much the probability of its own value grows from −α to +α.
        leak: how much the other attributes' probabilities move, the mean of all.
        disentanglement: own / (own + leak).
        most: the other attribute that moves most, and how much.
    """

    name: str
    fit: float
    own: float
    leak: float
    disentanglement: float
    most: tuple[str, float]


@dataclass(frozen=True)
class Table:
    """The rows measured so far."""

    step: int
    total_steps: int
    rows: tuple[Row, ...] = field(default=())

    @property
    def disentanglement(self) -> float:
        """The mean of the rows."""
        return sum(row.disentanglement for row in self.rows) / max(len(self.rows), 1)


def measure(
    painter: Painter, reader: AvatarReader, directions: Directions, alpha: float = MEASURED_ALPHA, n: int = 100
) -> Iterator[Table]:
    """Yield the table of all sliders, a row longer each time; n faces that were not used to find them."""
    rows: tuple[Row, ...] = ()
    for k, slider in enumerate(SLIDERS):
        found = effect(painter, reader, slider, directions.vectors[k], alpha, n)
        most = max(found.others.items(), key=lambda item: item[1])
        fit = float(directions.fit[k])
        rows += (Row(slider.name, fit, found.own, found.leak, found.disentanglement, most),)
        yield Table(k + 1, len(SLIDERS), rows)
