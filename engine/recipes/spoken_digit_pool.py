"""Words to train on, said once: `python -m engine.recipes.spoken_digit_pool --folder POOL [--words 5000]`.

Needs the programs espeak-ng, flite and festival (Debian's packages espeak-ng, flite, festival, festvox-kallpc16k,
festvox-kdlpc16k, festvox-us-slt-hts). Words are kept in parts of 250, so that what was cut off goes on.

Of the words 15 % are no digits. The natural voices of flite and festival are few, and are drawn more often than their
number says.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.datasets.chance import Chance
from engine.datasets.recording import Clips
from engine.datasets.spoken_digits import OTHER, OTHER_WORDS, Voice, voices
from engine.datasets.spoken_digits.speech import random_manner, say, written
from engine.datasets.spoken_digits.voices import ESPEAK, FESTIVAL, FLITE
from engine.errors import EngineError
from engine.runtime.seeds import child_seed, generator

PART = 250
TRAIN_SEED, HELD_OUT_SEED = 0, 10_000
OTHERS = 0.15
SHARES = {"English": 0.44, "foreign": 0.27, FLITE: 0.26, FESTIVAL: 0.03}  # of whose voices


def groups(held_out: bool) -> dict[str, list[int]]:
    """Return the numbers of the voices that are held out, or of those that are not, by kind."""
    found: dict[str, list[int]] = {name: [] for name in SHARES}
    for k, voice in enumerate(voices()):
        kind = voice.program if voice.program != ESPEAK else "English" if voice.language == "en" else "foreign"
        if voice.is_held_out == held_out:
            found[kind].append(k)
    return found


def draw_part(first: int, n: int, seed: int) -> Clips:
    """Have words first … first + n − 1 of a seed said; a seed of `HELD_OUT_SEED` or more takes the held-out voices."""
    chance = Chance(generator(child_seed(seed, f"words {first}")))
    kinds = groups(seed >= HELD_OUT_SEED)
    sounds, labels, sources = [], [], []
    while len(sounds) < n:
        k = chance.one_of(kinds[chance.weighted(SHARES)])
        word = chance.one_of(OTHER_WORDS) if chance.happens(OTHERS) else chance.whole(OTHER)
        try:
            sound = _said(word, voices()[k], chance)
        except EngineError as error:  # a voice that cannot say this word
            print(f"{voices()[k].name} does not say {word!r}: {error}", flush=True)
            continue
        sounds.append(sound)
        labels.append(OTHER if isinstance(word, str) else word)
        sources.append(k)
    return Clips.join(sounds, labels, sources)


def draw(folder: Path, n: int, seed: int) -> None:
    """Draw the parts of words 0 … n − 1 that `folder` lacks, and join them in one file."""
    folder.mkdir(parents=True, exist_ok=True)
    parts, started = [folder / f"words_{seed}_{first}.safetensors" for first in range(0, n, PART)], time.monotonic()
    for first, path in zip(range(0, n, PART), parts, strict=True):
        if not path.exists():
            _write(draw_part(first, min(PART, n - first), seed), path)
            print(f"{min(first + PART, n)} of {n} words  {time.monotonic() - started:.0f} s", flush=True)
    drawn = [Clips.load(path) for path in parts]
    sounds = [clips.sound(k) for clips in drawn for k in range(len(clips))]
    joined = [torch.cat([getattr(clips, name) for clips in drawn]).tolist() for name in ("labels", "sources")]
    _write(Clips.join(sounds, *joined), pool_file(folder, seed))


def pool_file(folder: Path, seed: int = TRAIN_SEED) -> Path:
    """Return where the words of a seed are."""
    return folder / f"words_{seed}.safetensors"


def _said(word: int | str, voice: Voice, chance: Chance) -> torch.Tensor:
    sound = say(written(word, voice), voice, random_manner(chance))
    return sound / sound.abs().max().clamp(min=1e-4)


def _write(clips: Clips, path: Path) -> None:
    part = path.with_suffix(".part")
    save_file(clips.tensors(), part)
    os.replace(part, path)


def main() -> None:
    """Read the command line and draw the words to learn from, and the held-out ones."""
    parser = argparse.ArgumentParser(description="Have the words said that the recognisers of digits train on.")
    parser.add_argument("--folder", type=Path, required=True, help="where the words are kept")
    parser.add_argument("--words", type=int, default=5000)
    parser.add_argument("--held-out", dest="held_out", type=int, default=800)
    chosen = parser.parse_args()
    draw(chosen.folder, chosen.held_out, HELD_OUT_SEED)
    draw(chosen.folder, chosen.words, TRAIN_SEED)


if __name__ == "__main__":
    main()
