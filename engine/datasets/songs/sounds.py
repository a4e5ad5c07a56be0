"""Where the sounds of a song come from: General MIDI sound fonts, and espeak-ng for the syllables of a singer.

Both are used only when songs are drawn. Fonts that do well are FluidR3 (MIT), MuseScore General (MIT) and TimGM6mb
(GPL-2); Debian has them as fluid-soundfont-gm, musescore-general-soundfont and timgm6mb-soundfont. They are played by
the package tinysoundfont (MIT). espeak-ng (GPL-3) is called as a program.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError, InvalidInput, constraint

if TYPE_CHECKING:
    from tinysoundfont import Synth

SAMPLE_RATE_HZ = 44100


@dataclass(frozen=True)
class Sounds:
    """The files and the program that songs are made with.

    Attributes:
        fonts: sound fonts (.sf2 or .sf3), at least one.
        espeak: the program espeak-ng.
    """

    fonts: tuple[Path, ...]
    espeak: Path

    @classmethod
    def find(cls, folder: Path | str) -> Sounds:
        """Return the sound fonts in a folder and below it, and the espeak-ng that the system finds.

        Raises:
            InvalidInput: no sound font is in the folder.
            EngineError: espeak-ng is not installed.
        """
        folder = Path(folder)
        fonts = tuple(sorted(path for kind in ("*.sf2", "*.sf3") for path in folder.rglob(kind) if path.is_file()))
        if not fonts:
            advice = "Unpack Debian's package fluid-soundfont-gm or timgm6mb-soundfont there."
            raise InvalidInput(
                constraint("The folder of sound fonts", "one with a .sf2 or .sf3 in it", str(folder), advice)
            )
        espeak = shutil.which("espeak-ng")
        if espeak is None:
            raise EngineError(constraint("espeak-ng", "installed", "none", "Install the package espeak-ng."))
        return cls(fonts, Path(espeak))


@lru_cache(maxsize=8)
def loaded(font: Path) -> tuple[Synth, int]:
    """Return a player with one font in it, and the font's number; a font is read once in a process.

    Raises:
        EngineError: tinysoundfont is not installed, or cannot read the file.
    """
    try:
        from tinysoundfont import Synth
    except ImportError as error:
        advice = "Install it with: pip install --no-deps tinysoundfont"
        raise EngineError(constraint("The package tinysoundfont", "installed", "none", advice)) from error
    synth = Synth(gain=-6.0, samplerate=SAMPLE_RATE_HZ)
    try:
        return synth, synth.sfload(str(font))
    except Exception as error:  # the package raises RuntimeError or its own, as the file may be
        raise EngineError(constraint("The sound font", "a .sf2 or .sf3 file", font.name, "Fetch it again.")) from error
