"""Songs to train on, drawn once: `python -m engine.recipes.song_pool --folder POOL --sounds FONTS [--songs 900]`.

A song takes longer to draw than to learn from; so excerpts of 12 s are kept as 16-bit samples, in parts of 10 songs,
each its own file of 85 MB. 900 songs are 3 hours and 7.6 GB. A drawing that was cut off goes on with the parts that are
missing. FONTS is a folder with sound fonts (`engine.datasets.songs.sounds` says which).

Conventions: stems are (4, 2, 529200), drums, bass, other, vocals, left and right, at 44.1 kHz; int16 in the files, of
which 32767 is full scale, float32 in [−1, 1] when given out.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.datasets.songs import SAMPLE_RATE_HZ, STEMS, Sounds, make_song
from engine.errors import InvalidInput, constraint

SONG_S = 12.0
N_SAMPLES = round(SONG_S * SAMPLE_RATE_HZ)
PART = 10
FULL_SCALE = 32767
TRAIN_SEED, HELD_OUT_SEED = 0, 10_000


class Pool:
    """Songs on disk, of which only what is asked for is read.

    The files are mapped into memory: what was read stays there as long as the system has room. A pool can be pickled,
    for the workers of a data loader.
    """

    def __init__(self, files: list[Path], part: int = PART) -> None:
        """Open files of `part` songs each."""
        self._files, self._part = files, part
        self._open: dict[int, object] = {}

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self._files) * self._part

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_open": {}}

    def stems(self, song: int, start: int = 0, n_samples: int = N_SAMPLES) -> Tensor:
        """Return stems (4, 2, n_samples) of a song from sample `start` on, float32.

        Raises:
            InvalidInput: a song or samples that the pool does not have.
        """
        return self._read(song, slice(None), start, n_samples)

    def stem(self, song: int, stem: int, start: int = 0, n_samples: int = N_SAMPLES) -> Tensor:
        """Return one stem (2, n_samples), 0 to 3 in the order of STEMS; for mixing those of several songs."""
        return self._read(song, slice(stem, stem + 1), start, n_samples)[0]

    def crops(self, n: int, n_samples: int, chance: torch.Generator, remix: float = 0.5) -> Tensor:
        """Draw a batch (n, 4, 2, n_samples): crops of songs, or with probability `remix` of one song for each stem."""
        batch = []
        for _ in range(n):
            songs = torch.randint(len(self), (len(STEMS),), generator=chance).tolist()
            starts = torch.randint(N_SAMPLES - n_samples + 1, (len(STEMS),), generator=chance).tolist()
            if torch.rand((), generator=chance) < remix:
                batch.append(torch.stack([self.stem(songs[i], i, starts[i], n_samples) for i in range(len(STEMS))]))
            else:
                batch.append(self.stems(songs[0], starts[0], n_samples))
        return torch.stack(batch)

    def _read(self, song: int, stems: slice, start: int, n_samples: int) -> Tensor:
        if not 0 <= song < len(self):
            raise InvalidInput(constraint("song", f"from 0 to {len(self) - 1}", song))
        if not 0 <= start <= start + n_samples <= N_SAMPLES:
            raise InvalidInput(constraint("The crop", f"within {N_SAMPLES} samples", (start, n_samples)))
        file = song // self._part
        if file not in self._open:
            self._open[file] = safe_open(self._files[file], "pt").get_slice("stems")
        samples = self._open[file][song % self._part, stems, :, start : start + n_samples]
        return samples.float() / FULL_SCALE


def draw_part(first: int, n: int, seed: int, sounds: Sounds) -> Tensor:
    """Draw songs first … first + n − 1 of a seed as int16 (n, 4, 2, 529200)."""
    songs = [make_song(first + i, seed, SONG_S, sounds).stems for i in range(n)]
    return torch.stack([(stems * FULL_SCALE).round().to(torch.int16) for stems in songs])


def draw(folder: Path, n: int, sounds: Sounds, seed: int = TRAIN_SEED, n_processes: int = 2) -> None:
    """Draw the parts of songs 0 … n − 1 that `folder` lacks; each process reads the fonts once."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [first for first in range(0, n, PART) if not _file(folder, seed, first).exists()]
    started = time.monotonic()
    with ProcessPoolExecutor(n_processes, get_context("spawn"), partial(torch.set_num_threads, 1)) as pool:
        jobs = [pool.submit(_draw_to, _file(folder, seed, first), first, seed, sounds) for first in missing]
        for done, job in enumerate(as_completed(jobs), 1):
            job.result()
            print(f"{done * PART} of {len(jobs) * PART} songs  {time.monotonic() - started:.0f} s", flush=True)


def load(folder: Path, n: int, seed: int = TRAIN_SEED) -> Pool:
    """Open songs 0 … n − 1, with n a multiple of 10.

    Raises:
        InvalidInput: a part is not there.
    """
    files = [_file(folder, seed, first) for first in range(0, n, PART)]
    absent = next((file for file in files if not file.exists()), None)
    if absent is not None:
        advice = "Draw it with: python -m engine.recipes.song_pool"
        raise InvalidInput(constraint("The pool", f"a folder with {n} songs of seed {seed}", absent.name, advice))
    return Pool(files)


def _file(folder: Path, seed: int, first: int) -> Path:
    return folder / f"songs_{seed}_{first}.safetensors"


def _draw_to(path: Path, first: int, seed: int, sounds: Sounds) -> None:
    part = path.with_suffix(".part")
    save_file({"stems": draw_part(first, PART, seed, sounds)}, part)
    os.replace(part, path)  # a drawing that is cut off here leaves no half file


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the songs that the source separators train on.")
    parser.add_argument("--folder", type=Path, required=True, help="where the parts are kept")
    parser.add_argument("--sounds", type=Path, required=True, help="a folder with sound fonts, .sf2 or .sf3")
    parser.add_argument("--songs", type=int, default=900)
    parser.add_argument("--seed", type=int, default=TRAIN_SEED)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    draw(chosen.folder, chosen.songs, Sounds.find(chosen.sounds), chosen.seed, chosen.processes)


if __name__ == "__main__":
    main()
