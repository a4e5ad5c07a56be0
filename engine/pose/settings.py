"""What the pose page asks of a found pose: how sure a joint and a person must be. Importing this brings no torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, real


@dataclass(frozen=True)
class PoseThresholds:
    """Which joints and people count; those with a lower score are left out."""

    joint_confidence: float = real(
        0.3, 0.05, 0.95, label="joint confidence", step=0.05, help="A joint with a lower score is not shown."
    )
    person_confidence: float = real(
        0.5, 0.05, 0.95, label="person confidence", step=0.05, help="A person with a lower score is not shown."
    )

    def __post_init__(self) -> None:
        check(self)
