"""A run of Gatys et al. to be watched: the losses of every step, the picture of some, so that it can be kept whole.

Conventions: as in `gatys`. The pictures kept are those of the first step, the last, and some fifty evenly between; a
branch starts from one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from engine.style_transfer.features import FeatureNetwork
from engine.style_transfer.gatys import Gatys, GatysSnapshot, optimise
from engine.style_transfer.objective import Losses

MOST_PICTURES = 48


@dataclass(frozen=True)
class Watched:
    """One step of a run.

    Attributes:
        step, total_steps, level, losses: as of `GatysSnapshot`.
        picture: uint8 (3, h, w), or None where it was not kept.
    """

    step: int
    total_steps: int
    level: int
    losses: Losses
    picture: Tensor | None

    def resumable(self) -> GatysSnapshot:
        """Return the snapshot that a branch goes on from; only of a step whose picture was kept."""
        return GatysSnapshot(self.step, self.total_steps, self.level, self.picture, self.losses)


def watch(
    network: FeatureNetwork,
    content: Tensor,
    styles: Sequence[Tensor],
    settings: Gatys,
    mix: Sequence[float] = (),
    resume: GatysSnapshot | None = None,
) -> Iterator[Watched]:
    """Yield every step of `optimise` with its picture where that is kept; arguments and errors as there."""
    every = max(1, settings.steps // MOST_PICTURES)
    kept = {1, settings.steps}
    for one in optimise(network, content, styles, settings, mix, resume):
        is_kept = one.step % every == 0 or one.step in kept or (resume is not None and one.step == resume.step + 1)
        yield Watched(one.step, one.total_steps, one.level, one.losses, one.picture if is_kept else None)
