"""What can be set in the part "Take it apart": the method with its settings, the levels of a mixture, what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.settings import check, choice, default_of, limits_of, real
from engine.source_separation import models
from engine.source_separation.ideal_masks import IdealMasks
from engine.source_separation.median_filtering import MedianFiltering
from engine.source_separation.mixdown import FORMATS
from engine.source_separation.stem_mixing import MOST, MUTE_DB
from engine.source_separation.ways import IDEAL_MASKS, Way
from pages._ui import controls

PARTS = {"stems": "Stems", "measured": "Measured", "inside": "How it works"}
METHODS = {key: one.title for key, one in models.MODELS.items()} | {IDEAL_MASKS: "Ideal masks, the ceiling"}
EXPLAINED = {
    "median": "Median filtering",
    "ideal": "Ideal masks",
    "wave_u_net": "Wave-U-Net",
    "demucs": "Demucs",
    "hdemucs": "Hybrid Demucs",
    "gtcrn": "GTCRN",
}
LOUDEST_DB = 12.0


def _same(settings: type, name: str) -> Any:
    """Declare a field like another class's: the link needs a name of its own for it."""
    return field(default=default_of(settings, name), metadata={"limits": limits_of(settings)[name]})


@dataclass(frozen=True)
class Apart:
    """What the part shows; the field names are parameters of the link."""

    apart_part: str = choice("stems", PARTS, label="view of the parts")
    explained: str = choice("median", EXPLAINED, label="method explained")
    save_as: str = choice("wav", FORMATS, label="files as")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Method:
    """How a song is taken apart; the field names are parameters of the link."""

    separator: str = choice(models.OWN, METHODS, label="method")
    median_window: str = _same(MedianFiltering, "window")
    median_frames: int = _same(MedianFiltering, "n_frames")
    median_bins: int = _same(MedianFiltering, "n_frequencies")
    median_exponent: float = _same(MedianFiltering, "exponent")
    ideal_kind: str = _same(IdealMasks, "kind")
    ideal_window: str = _same(IdealMasks, "window")

    def __post_init__(self) -> None:
        check(self)

    @property
    def median(self) -> MedianFiltering:
        """The settings of median filtering; an even length, which only a link can have, becomes the next odd one."""
        frames, bins = (min(n | 1, 101) for n in (self.median_frames, self.median_bins))
        return MedianFiltering(self.median_window, frames, bins, self.median_exponent)

    @property
    def ideal(self) -> IdealMasks:
        """The settings of ideal masks."""
        return IdealMasks(self.ideal_kind, self.ideal_window)

    def way(self, key: str) -> Way:
        """Return the method of this key at its settings."""
        return Way(key, {models.MEDIAN_FILTERING: self.median, IDEAL_MASKS: self.ideal}.get(key))


def _level(number: int) -> Any:
    return real(0.0, MUTE_DB, LOUDEST_DB, step=1.0, label=f"level of stem {number}", unit="dB")


@dataclass(frozen=True)
class Levels:
    """How loud each stem of a mixture is; at the lowest it is silent."""

    level_1: float = _level(1)
    level_2: float = _level(2)
    level_3: float = _level(3)
    level_4: float = _level(4)
    level_5: float = _level(5)

    def __post_init__(self) -> None:
        check(self)

    def first(self, n: int) -> list[float]:
        """Return the levels of the first n stems."""
        return [getattr(self, f"level_{k}") for k in range(1, min(n, MOST) + 1)]


MEDIAN = ("median_window", "median_frames", "median_bins", "median_exponent")
IDEAL = ("ideal_kind", "ideal_window")


def setting_controls(names: tuple[str, ...]) -> None:
    """Show the controls of some fields of `Method`."""
    for name in names:
        controls.control(Method, name)
