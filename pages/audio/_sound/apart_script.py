"""The script to take away that takes the sound apart again, and measures the stems where the truth is known."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.io.audio import encode_blocks
from engine.source_separation import models
from engine.source_separation.ways import IDEAL_MASKS
from pages._ui.gallery import ROOT
from pages._ui.scripts import safe_name, script, weight_files

if TYPE_CHECKING:
    from engine.source_separation.ways import Way
    from pages._ui.exports import Export
    from pages.audio._sound.apart_run import Chosen
    from pages.audio._sound.sources import Sound


def of(chosen: Chosen) -> Export:
    """Return the script for the present sound, method and region."""
    region = chosen.region_s  # a download is made where no visitor's session is at hand
    return script("separate_sound", lambda: _settings_and_files(chosen.sound, chosen.way, region))


def _settings_and_files(
    sound: Sound, way: Way, region: tuple[float, float] | None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    files = _sounds(sound)
    settings = {
        "method": way.key,
        "settings": asdict(way.settings) if way.settings else None,
        "region_s": list(region) if region else None,
        "stems": dict(zip(sound.stems, files, strict=True)) if sound.stems else None,
        "kinds": list(sound.kinds),
        "song": None if sound.stems else next(iter(files)),
    }
    if way.key != IDEAL_MASKS:
        files |= weight_files(models.get(way.key).weights)
    return settings, files


def _sounds(sound: Sound) -> dict[str, bytes]:
    """Return the files to begin with: each true stem, or the song where they are not known."""
    if sound.identity[0] == "song":
        names = [f"{sound.identity[1]}_{stem}.ogg" for stem in sound.stems]
        return {name: (ROOT / "assets" / "audio" / name).read_bytes() for name in names}
    each = sound.stems or {"song": sound.waveform}
    return {
        f"{k}_{safe_name(name)}.wav": encode_blocks([wave], sound.sample_rate, "float")
        for k, (name, wave) in enumerate(each.items(), 1)
    }
