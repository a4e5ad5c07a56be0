"""Mixing down and saving: the browser's law of panning, files from the shelf, and what is no longer there."""

import io
import math
import zipfile

import pytest
import torch

from engine.errors import InvalidInput, ResourceLimit
from engine.io.audio import decode_audio, encode_audio, encode_blocks
from engine.runtime import shelf as shelf_module
from engine.source_separation import mixdown, song_job
from engine.source_separation.mixdown import export_all, export_mix, export_stem, fits_in_zip, mixed, pan_matrix
from engine.source_separation.song_job import Separation, StemPiece, separate_song
from engine.source_separation.ways import Way

RATE = 22_050
HALF = math.sqrt(0.5)


def noise(seconds=6.0, seed=1):
    return 0.2 * torch.randn(2, round(seconds * RATE), generator=torch.Generator().manual_seed(seed)).clamp(-3, 3)


@pytest.fixture(scope="module")
def found():
    *_, last = separate_song(Way("MEDIAN_FILTERING"), noise(), RATE)
    return last


def stems_of(found):
    return [torch.cat([mixdown.read(piece.sounds[k]) for piece in found.pieces], 1) for k in range(len(found.stems))]


# the values are those of the formulas in the specification of StereoPannerNode, worked out by hand
@pytest.mark.parametrize(
    ("pan", "mono", "stereo"),
    [
        (-1.0, [[1], [0]], [[1, 1], [0, 0]]),
        (-0.5, [[0.92388], [0.38268]], [[1, HALF], [0, HALF]]),
        (0.0, [[HALF], [HALF]], [[1, 0], [0, 1]]),
        (0.5, [[0.38268], [0.92388]], [[HALF, 0], [HALF, 1]]),
        (1.0, [[0], [1]], [[0, 0], [1, 1]]),
    ],
)
def test_the_law_of_panning(pan, mono, stereo):
    torch.testing.assert_close(pan_matrix(pan, 1), torch.tensor(mono, dtype=torch.float), atol=1e-5, rtol=0)
    torch.testing.assert_close(pan_matrix(pan, 2), torch.tensor(stereo, dtype=torch.float), atol=1e-5, rtol=0)


def test_a_mix_is_the_sum_of_its_tracks():
    left, right = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [1.0]])
    torch.testing.assert_close(mixed([left, right], [0.5, 2.0], [0.0, -1.0]), torch.tensor([[2.5], [0.0]]))
    torch.testing.assert_close(mixed([torch.ones(1, 1)], [1.0], [0.0]), torch.full((2, 1), HALF))


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_stems_and_mix_are_saved_exactly(found, format):
    percussive, harmonic = stems_of(found)
    sound, rate = decode_audio(export_stem(found, 1, format), "x")
    assert rate == RATE and torch.equal(sound, harmonic)
    mix, _ = decode_audio(export_mix(found, [0.5, 0.0], [0.3, 0.0], format), "x")
    wanted = 0.5 * (pan_matrix(0.3, 2) @ percussive)
    torch.testing.assert_close(mix, wanted, atol=2**-16 + 1e-7, rtol=0)
    even, _ = decode_audio(export_mix(found, [1.0, 1.0], [0.0, 0.0], format), "x")
    torch.testing.assert_close(even, noise(), atol=3 * 2**-16, rtol=0)


def test_what_is_too_loud_is_cut(found):
    mix, _ = decode_audio(export_mix(found, [1.5, 1.5], [-1.0, -1.0], "wav"), "x")
    assert mix.max() == 1 - 2**-15 and mix.min() == -1


def test_an_mp3_is_as_long_as_the_song_and_sounds_like_it(found):
    sound, rate = decode_audio(export_stem(found, 0, "mp3"), "x")
    own = stems_of(found)[0]
    n = min(sound.shape[1], own.shape[1])
    assert rate == RATE and abs(sound.shape[1] - own.shape[1]) < 3000
    # an encoder may delay: the level is what stays
    assert sound[:, :n].square().mean().item() == pytest.approx(own[:, :n].square().mean().item(), rel=0.1)


def test_all_stems_are_in_the_zip(found):
    with zipfile.ZipFile(io.BytesIO(export_all(found, "flac"))) as archive:
        assert archive.namelist() == ["percussive.flac", "harmonic.flac"]
        sound, _ = decode_audio(archive.read("harmonic.flac"), "x")
    assert torch.equal(sound, stems_of(found)[1])


def test_a_stem_with_an_unsafe_name_stays_in_its_folder(found):
    renamed = Separation(1, 1, ("../a", "b/c"), RATE, found.pieces)
    with zipfile.ZipFile(io.BytesIO(export_all(renamed, "flac"))) as archive:
        assert archive.namelist() == ["___a.flac", "b_c.flac"]


def test_ten_minutes_of_four_stems_are_too_much_for_a_zip_of_wav():
    long = Separation(1, 1, tuple("abcd"), 44_100, (StemPiece(0.0, 600.0, (), torch.zeros(5, 2, 1)),))
    assert [fits_in_zip(long, format) for format in ("wav", "flac", "mp3")] == [False, True, True]


def test_blocks_encode_as_the_whole():
    sound = noise()
    blocks = sound.split(50_000, 1)
    for format in ("wav", "flac"):
        assert torch.equal(
            decode_audio(encode_blocks(blocks, RATE, format), "x")[0],
            decode_audio(encode_audio(sound, RATE, format), "x")[0],
        )
    with pytest.raises(InvalidInput, match="more than 0 samples"):
        encode_blocks([], RATE, "wav")


def test_float_samples_are_kept_to_the_last_bit():
    sound = noise(0.1)
    assert torch.equal(decode_audio(encode_blocks([sound], RATE, "float"), "x")[0], sound)


def test_pieces_that_had_to_go_are_told_of(monkeypatch):
    small = shelf_module.Shelf(400_000)
    for module in (song_job, mixdown):
        monkeypatch.setattr(module, "shelf", lambda: small)
    *_, first = separate_song(Way("MEDIAN_FILTERING"), noise(1.5, seed=2), RATE)
    assert small.holds(first.sounds) and export_stem(first, 0, "wav")
    for seed in range(3, 8):  # other visitors
        list(separate_song(Way("MEDIAN_FILTERING"), noise(1.5, seed=seed), RATE))
    assert not small.holds(first.sounds)
    with pytest.raises(ResourceLimit, match="no longer kept"):
        export_stem(first, 0, "wav")
