"""The short sounds that come with the part "Recognise", and the recordings its test judges the networks by.

`python -m engine.recipes.make_recognition_clips --sounds FONTS --out assets/audio`

Digits are said by flite and festival, whose voices may be used freely; phrases are played from fonts of the MIT
licence. recognise_held_out.ogg holds 40 seconds, one digit each, said by two voices that nothing was learned from;
recognise_held_out.json says which.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.instrument_notes import LABELS, SAMPLE_RATE_HZ, phrase
from engine.datasets.recording import Clips, Recording, recorded
from engine.datasets.songs import Sounds
from engine.datasets.spoken_digits import Voice
from engine.datasets.spoken_digits.speech import Manner, say, written
from engine.datasets.spoken_digits.voices import FESTIVAL, FLITE
from engine.io.audio import encode_audio
from engine.recipes.instrument_pool import HELD_OUT_FONT, split
from engine.runtime.seeds import child_seed, generator

SEED = 2026
RMS, SLT, AWB = Voice(FLITE, "rms", 100), Voice(FLITE, "slt", 180), Voice(FLITE, "awb", 140)
KED = Voice(FESTIVAL, "ked_diphone", 105)
PI = (3, 1, 4, 1, 5, 9, 2, 6)
OTHERS = ("hero", "sick", "hive", "nice", "zebra")
FAMILIES = {"piano": "piano", "guitar": "electric guitar", "strings": "strings", "flute": "flutes", "drums": "drums"}
TURNS = ("piano", "flutes", "bass", "drums", "brass")
N_HELD_OUT = 40


def sentence(words: Sequence[int | str], voice: Voice, pause_s: float, pace: float = 1.0) -> Tensor:
    """Return words (T,) said one by one with pauses between them, peak at .7."""
    rest = torch.zeros(round(pause_s * SAMPLE_RATE_HZ))
    parts = [rest]
    for k, word in enumerate(words):
        manner = Manner(pace * (1 + 0.04 * (k % 3 - 1)), 1 + 0.05 * ((k * 2) % 3 - 1))
        said = say(written(word, voice), voice, manner)
        parts += [said / said.abs().max(), rest]
    return 0.7 * torch.cat(parts)


def through(sound: Tensor, chance: torch.Generator, **settings: float) -> Tensor:
    """Return a word (T,) as a recording of a second at 16 kHz."""
    clean = {
        "slowest": 1.0,
        "fastest": 1.0,
        "in_room": 0.0,
        "distorted": 0.0,
        "trimmed": 0.0,
        "telephone": 0.0,
        "noisy": 0.0,
    }
    own = Recording(rate_hz=16_000, window=16_000, **clean | settings)
    out = recorded(
        torch.nn.functional.pad(sound, (0, 16_000 - len(sound)))[None], torch.tensor([len(sound)]), own, chance
    )
    return 0.7 * out[0] / out.abs().max()


def digit_clips() -> dict[str, Tensor]:
    """Return name → sound of the clips of words."""
    chance = generator(child_seed(SEED, "clips"))
    return {
        "seven": sentence((7,), SLT, 0.15),
        "pi": sentence(PI, RMS, 0.35),
        "fast": sentence(range(10), SLT, 0.22, pace=1.7),
        "phone": through(say("five", AWB, Manner()), chance, telephone=1.0),
        "noise": through(say("nine", SLT, Manner(0.9)), chance, noisy=1.0, least_snr_db=4.0),
        "others": sentence(OTHERS, SLT, 0.4),
    }


def phrases(sounds: Sounds) -> dict[str, Tensor]:
    """Return name → sound of the clips of instruments."""

    def draw(family: str, k: int) -> Tensor:
        return phrase(LABELS.index(family), Chance(generator(child_seed(SEED, f"{family} {k}"))), sounds)

    made = {name: torch.cat([draw(family, k) for k in range(2)]) for name, family in FAMILIES.items()}
    made["turns"] = torch.cat([draw(family, 5) for family in TURNS])
    return {name: 0.7 * faded(sound) for name, sound in made.items()}


def faded(sound: Tensor) -> Tensor:
    """Return a sound (T,) that begins and ends softly."""
    n = SAMPLE_RATE_HZ // 100
    slope = torch.linspace(0, 1, n)
    out = sound.clone()
    out[:n] *= slope
    out[-n:] *= slope.flip(0)
    return out


def held_out() -> tuple[Tensor, list[int]]:
    """Return recordings (N · 8000,) at 8 kHz one after another, and the digits in them."""
    chance = generator(child_seed(SEED, "held out"))
    digits = [k % 10 for k in range(N_HELD_OUT)]
    said = [say(written(d, (RMS, KED)[k % 2]), (RMS, KED)[k % 2], Manner(0.9 + 0.02 * k)) for k, d in enumerate(digits)]
    clips, lengths = Clips.join(said, digits, [0] * N_HELD_OUT).batch(torch.arange(N_HELD_OUT), 16_000)
    return recorded(clips, lengths, Recording(), chance).flatten(), digits


def main() -> None:
    """Make the clips and write them."""
    parser = argparse.ArgumentParser(description="Make the short sounds of the part Recognise.")
    parser.add_argument("--sounds", type=Path, required=True, help="a folder with sound fonts, .sf2 or .sf3")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    own, _ = split(Sounds.find(chosen.sounds), HELD_OUT_FONT)
    for name, sound in {**digit_clips(), **phrases(own)}.items():
        (chosen.out / f"recognise_{name}.ogg").write_bytes(encode_audio(sound, SAMPLE_RATE_HZ, "ogg"))
    recordings, digits = held_out()
    (chosen.out / "recognise_held_out.ogg").write_bytes(encode_audio(recordings, 8_000, "ogg"))
    (chosen.out / "recognise_held_out.json").write_text(json.dumps({"digits": digits}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
