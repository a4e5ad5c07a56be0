"""The songs world: drums, bass, other and vocals as separate tracks, and the mix that they add up to exactly.

Most need only `make_song` and `Sounds`. `styles` says what kinds of music there are; `harmony`, `melody`,
`drum_patterns`, `bass_lines` and `parts` write notes, `arrangement` says who plays when; `font_player`, `synthesiser`
and `drum_machine` play them, `syllables` and `voice` sing (`singers`); `effects` and `rooms` colour the sound
(`tracks`), `mixing` puts it together, `song` does it all.
"""

from engine.datasets.songs.mixing import STEMS
from engine.datasets.songs.song import Song, make_song
from engine.datasets.songs.sounds import SAMPLE_RATE_HZ, Sounds

__all__ = ["SAMPLE_RATE_HZ", "STEMS", "Song", "Sounds", "make_song"]
