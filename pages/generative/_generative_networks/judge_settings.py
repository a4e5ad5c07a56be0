"""What the part "The judge" judges, and where to start; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.generative.judging import CHANGES
from engine.settings import check, choice, integer
from pages._ui.presets import Preset
from pages.generative._generative_networks.faces_settings import REBUILD_SOURCES


@dataclass(frozen=True)
class Judging:
    """What is judged."""

    judge_source: str = choice("sample", REBUILD_SOURCES, label="picture to judge")
    judge_sample: int = integer(7, 0, 9999, label="number of the drawn face")
    judge_change: str = choice("none", CHANGES, label="shown to D")
    n_judged: int = integer(100, 20, 300, step=20, label="faces of each kind")
    judge_seed: int = integer(0, 0, 9999, label="seed")

    def __post_init__(self) -> None:
        check(self)


PRESETS = (
    Preset("Can it tell?", "Where on the line are drawn faces, where generated ones? How often would D be wrong?", {}),
    Preset("Upside down", "The same face, turned. Is it less like a drawn face to D?", {"judge_change": "upside_down"}),
    Preset("A little noise", "Noise that you hardly see. What does D think of it?", {"judge_change": "noisy"}),
    Preset("Blurred", "D reads textures and edges. What if there are none?", {"judge_change": "blurred"}),
)
