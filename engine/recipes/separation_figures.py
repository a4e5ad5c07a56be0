"""How well each method of the box takes held-out songs apart.

`python -m engine.recipes.separation_figures --pool POOL`

    improvement = SI-SDR(estimate, stem) − SI-SDR(mixture, stem), in dB

Median filtering knows two stems: its percussive one is compared with the drums, its harmonic one with each of the rest.

Conventions: songs are float (4, 2, T), drums, bass, other, vocals, at 44.1 kHz. Left and right count as one signal.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from torch import Tensor

from engine.metrics.source_separation import si_sdr
from engine.recipes.song_pool import HELD_OUT_SEED, Pool, load
from engine.source_separation import declarations
from engine.source_separation.chunks import joined
from engine.source_separation.median_filtering import HARMONIC_PERCUSSIVE
from engine.source_separation.models import MEDIAN_FILTERING
from engine.source_separation.separator import STEMS, Separator
from engine.source_separation.ways import Way

N_HELD_OUT = 40
AUDIBLE = 10 ** (-60 / 20)  # RMS that a stem, and what it is to be freed of, must have to be judged
OF_TWO = [HARMONIC_PERCUSSIVE.index("percussive" if stem == "drums" else "harmonic") for stem in STEMS]


def improvement_db(separator: Separator, songs: Iterable[Tensor]) -> dict[str, float]:
    """Return the mean SI-SDR improvement over the mixture on songs (4, 2, T), by stem and as "mean" of the stems.

    A stem that is silent, or all there is, is not judged: it cannot be improved.
    """
    gained: dict[str, list[float]] = {stem: [] for stem in STEMS}
    for stems in songs:
        mixture = stems.sum(0)
        for name, estimate, stem in zip(STEMS, four_stems(separator, mixture), stems, strict=True):
            if min(_rms(stem), _rms(mixture - stem)) > AUDIBLE:
                own, before = (si_sdr(sound.flatten(), stem.flatten()).item() for sound in (estimate, mixture))
                gained[name].append(own - before)
    means = {name: sum(values) / len(values) for name, values in gained.items() if values}
    return means | {"mean": sum(means.values()) / max(len(means), 1)}


def four_stems(separator: Separator, mixture: Tensor) -> Tensor:
    """Return what a method takes a mixture (2, T) for: (4, 2, T)."""
    found = joined(separator.separate(mixture))
    return found[OF_TWO] if separator.stems == HARMONIC_PERCUSSIVE else found


def all_stems(songs: Pool) -> Iterator[Tensor]:
    """Yield the stems (4, 2, T) of each song."""
    return (songs.stems(k) for k in range(len(songs)))


def print_figures(songs: Callable[[], Iterable[Tensor]]) -> None:
    """Print the figures of every method in the box, a line each."""
    for key in (MEDIAN_FILTERING, *(weights.name for weights in declarations.OF_SONGS)):
        print(f"{key:<24}" + as_text(improvement_db(Way(key).make(), songs())), flush=True)


def as_text(figures: dict[str, float]) -> str:
    """Return figures in dB as a line of text."""
    return "  ".join(f"{name} {value:.2f}" for name, value in figures.items())


def main() -> None:
    """Print the SI-SDR improvement on held-out songs."""
    parser = argparse.ArgumentParser(description="The SI-SDR improvement in dB on held-out songs.")
    parser.add_argument("--pool", type=Path, required=True, help="the folder of engine.recipes.song_pool")
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=N_HELD_OUT)
    chosen = parser.parse_args()
    held_out = load(chosen.pool, chosen.n_held_out, HELD_OUT_SEED)
    print_figures(lambda: all_stems(held_out))


def _rms(sound: Tensor) -> float:
    return sound.square().mean().sqrt().item()


if __name__ == "__main__":
    main()
