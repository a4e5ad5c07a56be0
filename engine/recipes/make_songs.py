"""The songs of assets/audio: 24 seconds each of four styles, with their stems, so that the truth is always at hand.

`python -m engine.recipes.make_songs --sounds FONTS --out assets/audio`

A stem is a file in Ogg Vorbis; the song is the sum of what the four files hold, so the sum is exact all the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.datasets.songs import SAMPLE_RATE_HZ, Sounds, make_song
from engine.io.audio import encode_audio

SEED, SONG_S = 2026, 24.0
SONGS = {"funk": 4, "rock": 5, "blues": 0, "folk": 14}  # name → index; each with all four stems


def main() -> None:
    """Draw the songs and write their stems."""
    parser = argparse.ArgumentParser(description="Draw the songs that come with Tangent.")
    parser.add_argument("--sounds", type=Path, required=True, help="a folder with sound fonts, .sf2 or .sf3")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    sounds = Sounds.find(chosen.sounds)
    for name, index in SONGS.items():
        song = make_song(index, SEED, SONG_S, sounds)
        for stem, sound in zip(song.names, song.stems, strict=True):
            (chosen.out / f"{name}_{stem}.ogg").write_bytes(encode_audio(sound, SAMPLE_RATE_HZ, "ogg"))
        print(f"{name}: {song.style}, {song.tempo_bpm:.0f} beats a minute", flush=True)


if __name__ == "__main__":
    main()
