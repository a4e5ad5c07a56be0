"""How the methods of the box take real music apart: `python -m tests.reference.real_songs` prints the table.

    five stems   80 s of a band whose five tracks are known: bass and drums; clavinet, horns and guitar are "other"
    stem file    6.8 s of a song with drums, bass, other and vocals

Each line is the SI-SDR improvement over the mixture in dB, as in `engine.recipes.separation_figures`.
"""

from __future__ import annotations

import io

import torch
from torch import Tensor

from engine.io.audio import decode_audio
from engine.recipes.separation_figures import print_figures
from tests.reference.real_data import need

FIVE = {"drums": ["drums"], "bass": ["bassguitar"], "other": ["clav", "horns", "leadguitar"]}


def five_stems() -> Tensor:
    """Return (4, 2, T): drums, bass, the other three, and silent vocals."""
    sounds = {name: _decoded(f"audio/five_stems/{name}.mp3") for names in FIVE.values() for name in names}
    n = min(sound.shape[-1] for sound in sounds.values())
    stems = [sum(sounds[name][:, :n] for name in names) for names in FIVE.values()]
    return torch.stack([*stems, torch.zeros(2, n)])


def stem_file() -> Tensor:
    """Return (4, 2, T): the four stems that the file has after its mix."""
    import av

    sounds = []
    with av.open(io.BytesIO(need("audio/stem_mp4/Music Delta - 80s Rock.stem.mp4").read_bytes())) as file:
        n_streams = len(file.streams.audio)
    for k in range(1, n_streams):
        with av.open(io.BytesIO(need("audio/stem_mp4/Music Delta - 80s Rock.stem.mp4").read_bytes())) as file:
            frames = [torch.from_numpy(frame.to_ndarray()) for frame in file.decode(audio=k)]
        sounds.append(torch.cat(frames, -1))
    return torch.stack(sounds)


def _decoded(path: str) -> Tensor:
    waveform, rate = decode_audio(need(path).read_bytes(), path)
    assert rate == 44_100
    return waveform.expand(2, -1)


if __name__ == "__main__":
    for title, song in (("five stems", five_stems()), ("stem file", stem_file())):
        print(title)
        print_figures(lambda song=song: [song])
