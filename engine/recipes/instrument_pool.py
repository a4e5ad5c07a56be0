"""Phrases to train on: `python -m engine.recipes.instrument_pool --folder POOL --sounds FONTS [--phrases 5200]`.

FONTS is a folder with sound fonts (`engine.datasets.songs.sounds` says which). The fonts named with `--held-out-font`
are kept for judging: no note of them is learned from. Phrases are kept in parts of 260, so that a drawing that was cut
off goes on.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.datasets.chance import Chance
from engine.datasets.instrument_notes import LABELS, phrase
from engine.datasets.recording import Clips
from engine.datasets.songs import Sounds
from engine.errors import InvalidInput, constraint
from engine.runtime.seeds import child_seed, generator

PART = 260
TRAIN_SEED, HELD_OUT_SEED = 0, 10_000
HELD_OUT_FONT = "TimGM6mb"


def split(sounds: Sounds, held_out_font: str) -> tuple[Sounds, Sounds]:
    """Return the fonts to learn from, and the others.

    Raises:
        InvalidInput: one of the two would have none.
    """
    own = tuple(font for font in sounds.fonts if font.stem != held_out_font)
    others = tuple(font for font in sounds.fonts if font.stem == held_out_font)
    if not own or not others:
        names = ", ".join(font.stem for font in sounds.fonts)
        raise InvalidInput(constraint("The held-out font", f"one of {names}, and not the only one", held_out_font))
    return replace(sounds, fonts=own), replace(sounds, fonts=others)


def draw_part(first: int, n: int, seed: int, sounds: Sounds) -> Clips:
    """Play phrases first … first + n − 1 of a seed, the families in turn."""
    chance = Chance(generator(child_seed(seed, f"phrases {first}")))
    labels = [k % len(LABELS) for k in range(first, first + n)]
    return Clips.join([phrase(label, chance, sounds) for label in labels], labels, labels)


def draw(folder: Path, n: int, seed: int, sounds: Sounds) -> None:
    """Draw the parts of phrases 0 … n − 1 that `folder` lacks, and join them in one file."""
    folder.mkdir(parents=True, exist_ok=True)
    parts, started = [folder / f"phrases_{seed}_{first}.safetensors" for first in range(0, n, PART)], time.monotonic()
    for first, path in zip(range(0, n, PART), parts, strict=True):
        if not path.exists():
            _write(draw_part(first, min(PART, n - first), seed, sounds), path)
            print(f"{min(first + PART, n)} of {n} phrases  {time.monotonic() - started:.0f} s", flush=True)
    drawn = [Clips.load(path) for path in parts]
    every = [clips.sound(k) for clips in drawn for k in range(len(clips))]
    joined = [torch.cat([getattr(clips, name) for clips in drawn]).tolist() for name in ("labels", "sources")]
    _write(Clips.join(every, *joined), pool_file(folder, seed))


def pool_file(folder: Path, seed: int = TRAIN_SEED) -> Path:
    """Return where the phrases of a seed are."""
    return folder / f"phrases_{seed}.safetensors"


def _write(clips: Clips, path: Path) -> None:
    part = path.with_suffix(".part")
    save_file(clips.tensors(), part)
    os.replace(part, path)


def main() -> None:
    """Read the command line and draw the phrases to learn from, and the held-out ones."""
    parser = argparse.ArgumentParser(description="Play the phrases that the recognisers of instruments train on.")
    parser.add_argument("--folder", type=Path, required=True, help="where the phrases are kept")
    parser.add_argument("--sounds", type=Path, required=True, help="a folder with sound fonts, .sf2 or .sf3")
    parser.add_argument("--held-out-font", dest="held_out_font", default=HELD_OUT_FONT)
    parser.add_argument("--phrases", type=int, default=5200)
    parser.add_argument("--held-out", dest="held_out", type=int, default=780)
    chosen = parser.parse_args()
    own, others = split(Sounds.find(chosen.sounds), chosen.held_out_font)
    draw(chosen.folder, chosen.held_out, HELD_OUT_SEED, others)
    draw(chosen.folder, chosen.phrases, TRAIN_SEED, own)


if __name__ == "__main__":
    main()
