"""How good the four recognisers are: on held-out recordings of their worlds, and on real ones.

`python -m engine.recipes.recognition_figures --words POOL --phrases POOL --digits FOLDER --stems FOLDER --out FILE`

DIGITS holds real recordings named D_speaker_N.wav; STEMS the tracks of one real song, `STEM_FAMILIES` by name, which
are judged a second at a time where they sound. Neither is learned from, nor chosen by.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets import instrument_notes, spoken_digits
from engine.datasets.recording import Clips, Recording
from engine.io.audio import decode_audio
from engine.recipes import instrument_pool, spoken_digit_pool
from engine.recipes.sound_training import N_HELD_OUT, judged
from engine.sound_recognition.confusion import accuracy, confusion
from engine.sound_recognition.listening import windows
from engine.sound_recognition.models import DIGITS, INSTRUMENTS, both
from engine.sound_recognition.recogniser import Recogniser

STEM_FAMILIES = {
    "bassguitar": "bass",
    "clav": "electric piano, clavinet",
    "drums": "drums",
    "horns": "brass",
    "leadguitar": "electric guitar",
}
STEM_HOP_S = 0.5
AUDIBLE = 10 ** (-40 / 20)  # RMS under which a second of a stem is not judged


def real_digits(folder: Path, recogniser: Recogniser) -> Tensor:
    """Return the confusion of recordings D_speaker_N.wav."""
    counts = torch.zeros(len(recogniser.labels), len(recogniser.labels), dtype=torch.int64)
    for file in sorted(folder.glob("*.wav")):
        waveform, rate = decode_audio(file.read_bytes(), file.name)
        answer = recogniser.probabilities(recogniser.window(waveform, rate, waveform.shape[1] / rate / 2))
        counts += confusion(answer, torch.tensor([int(file.name[0])]), len(recogniser.labels))
    return counts


def real_stems(folder: Path, recogniser: Recogniser) -> Tensor:
    """Return the confusion of the seconds of stems in which something sounds."""
    labels, network = list(recogniser.labels), recogniser.network
    counts = torch.zeros(len(labels), len(labels), dtype=torch.int64)
    for stem, family in STEM_FAMILIES.items():
        waveform, rate = decode_audio((folder / f"{stem}.mp3").read_bytes(), stem, mono=True)
        heard = recogniser.heard(waveform, rate)
        cut, _ = windows(heard, network.sample_rate, network.window_length, STEM_HOP_S)
        cut = cut[cut.square().mean(1).sqrt() > AUDIBLE]
        truth = torch.full((len(cut),), labels.index(family))
        for some, own in _pieces(cut, truth):
            counts += confusion(recogniser.probabilities(some), own, len(labels))
    return counts


def _pieces(cut: Tensor, truth: Tensor, size: int = 32) -> Iterator[tuple[Tensor, Tensor]]:
    yield from zip(cut.split(size), truth.split(size), strict=True)


def main() -> None:
    """Read the command line, measure, write the tables."""
    parser = argparse.ArgumentParser(description="Measure the recognisers of sound.")
    for name, what in (("words", "the pool of words"), ("phrases", "the pool of phrases")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=what)
    parser.add_argument("--digits", type=Path, required=True, help="real recordings of digits")
    parser.add_argument("--stems", type=Path, required=True, help="real tracks of a song")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", dest="n_held_out", type=int, default=N_HELD_OUT)
    chosen = parser.parse_args()
    words = Clips.load(spoken_digit_pool.pool_file(chosen.words, spoken_digit_pool.HELD_OUT_SEED))
    phrases = Clips.load(instrument_pool.pool_file(chosen.phrases, instrument_pool.HELD_OUT_SEED))
    worlds = {
        DIGITS: (spoken_digits.Batches(words, Recording()), real_digits, chosen.digits),
        INSTRUMENTS: (instrument_notes.Batches(phrases), real_stems, chosen.stems),
    }
    found = {}
    for task, (batches, real, folder) in worlds.items():
        for row in both(task):
            one = row.make("cpu")
            tables = {"held out": judged(one.network, batches, chosen.n_held_out), "real": real(folder, one)}
            found[row.key] = {name: counts.tolist() for name, counts in tables.items()}
            print(row.key, {name: round(accuracy(counts), 4) for name, counts in tables.items()}, flush=True)
    chosen.out.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
