"""The voices: which program speaks, in which accent, with which variant, and which voices are held out.

Held-out voices say nothing that is learned from: sixteen of espeak-ng's variants, one of its languages, and one speaker
each of flite and festival.

Conventions: a voice's `name` is unique; its number in `voices()` tells it apart in a pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from engine.datasets.spoken_digits.words import SPELLED

ESPEAK, FLITE, FESTIVAL = "espeak-ng", "flite", "festival"
ACCENTS = (
    "en-us",
    "en-gb",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-029",
    "en-us-nyc",
)
_VARIANTS = """
Alex Alicia Andrea Andy Annie Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael Mike Nguyen
RicishayMax RicishayMax2 RicishayMax3 Storm Tweaky adam anika announcer antonio aunty belinda benjamin boris
caleb david ed edward edward2 f1 f2 f3 f4 f5 grandma grandpa gustave iven iven2 iven3 iven4 john kaukovalta
klatt klatt2 klatt3 klatt4 linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo max michel miguel norbert pablo paul pedro
quincy rob robert sandro shelby steph steph2 steph3 travis victor zac croak whisper whisperf
"""
VARIANTS = tuple(_VARIANTS.split())
_HELD_OUT = """
Alicia Denis Gene2 Jacky Mario Tweaky aunty caleb edward2 f4 grandpa iven3 klatt3 m5 pablo steph2
"""
HELD_OUT_VARIANTS = frozenset(_HELD_OUT.split())
FLITE_VOICES = {"awb": 140, "kal": 105, "kal16": 105, "rms": 100, "slt": 180}  # name → its own pitch, Hz
FESTIVAL_VOICES = {"kal_diphone": 105, "ked_diphone": 105, "cmu_us_slt_arctic_hts": 180}
HELD_OUT_OTHERS = frozenset({"rms", "ked_diphone", "el"})


@dataclass(frozen=True)
class Voice:
    """Somebody who speaks.

    Attributes:
        program: "espeak-ng", "flite" or "festival".
        voice: the program's name of it; of espeak-ng language and variant, such as "en-us+f2".
        pitch_hz: its usual pitch, for the programs that take one in Hz; 0 for espeak-ng.
        is_held_out: whether nothing is learned from it.
    """

    program: str
    voice: str
    pitch_hz: float = 0.0
    is_held_out: bool = False

    @property
    def name(self) -> str:
        """Tell it apart from the others."""
        return f"{self.program}:{self.voice}"

    @property
    def language(self) -> str:
        """The language whose spelling it reads: a key of `SPELLED`, or "en"."""
        language = self.voice.split("+")[0]
        return language if self.program == ESPEAK and language in SPELLED else "en"


@cache
def voices() -> tuple[Voice, ...]:
    """Return every voice, in an order that stays."""
    found = []
    for language in (*ACCENTS, *SPELLED):
        for variant in VARIANTS:
            held_out = variant in HELD_OUT_VARIANTS or language in HELD_OUT_OTHERS
            found.append(Voice(ESPEAK, f"{language}+{variant}", 0.0, held_out))
    for name, pitch_hz in FLITE_VOICES.items():
        found.append(Voice(FLITE, name, pitch_hz, name in HELD_OUT_OTHERS))
    for name, pitch_hz in FESTIVAL_VOICES.items():
        found.append(Voice(FESTIVAL, name, pitch_hz, name in HELD_OUT_OTHERS))
    return tuple(found)
