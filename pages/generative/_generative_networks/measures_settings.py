"""What the part "Measures" compares, and where to start; the field names are parameters of the link."""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.avatars import FREQUENCIES
from engine.generative.models import CONDITIONAL, DCGAN, VAE
from engine.settings import check, choice
from pages._ui.presets import Preset

MADE_BY = {
    "dcgan": "the DCGAN's faces",
    "vae": "the VAE's faces",
    "digits": "the conditional GAN's digits",
    "real_faces": "drawn faces",
    "real_digits": "drawn digits",
}
WEIGHTS = {"dcgan": DCGAN, "vae": VAE, "digits": CONDITIONAL}
OF_GLYPHS = ("digits", "real_digits")
NAMES = {name: name.replace("_", " ") for name in FREQUENCIES}


@dataclass(frozen=True)
class Measures:
    """Whose pictures are measured, and which attribute's values are counted."""

    measured: str = choice("dcgan", MADE_BY, label="pictures", help="Drawn ones stand for a perfect generator.")
    counted: str = choice("hair", NAMES, label="attribute counted")

    def __post_init__(self) -> None:
        check(self)


PRESETS = (
    Preset(
        "Modes go missing",
        "Of perfect pictures the rarest hair goes first. Which of the curves falls at once, and which never notices?",
        {},
        {"measured": "real_faces", "counted": "hair"},
    ),
    Preset(
        "Too safe",
        "The DCGAN's z is cut narrower and narrower. Precision or recall: which of them calls that an improvement?",
        {"measure_spoil": "truncation"},
        {"measured": "dcgan", "counted": "hair"},
    ),
    Preset(
        "Blurred",
        "Anyone sees that these faces are blurred. Which of the measures find them *better* than sharp ones?",
        {"measure_spoil": "blur"},
        {"measured": "real_faces", "counted": "glasses"},
    ),
    Preset(
        "No nines",
        "Six digits disappear, one after another. Where is that plainer, in the curves or in the bars?",
        {},
        {"measured": "digits"},
    ),
)
