from __future__ import annotations

import io
import struct
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import torch

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.io import limits
from engine.io.audio import AudioInfo, decode_audio, encode_audio, probe_audio

REAL = Path(__file__).parents[3] / "shared" / "real"
NOISE = torch.rand(2, 5000, generator=torch.Generator().manual_seed(0)) * 2 - 1


def sines(rate: int, seconds: float = 2.0, layout: int = 2) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * f * t) for f in (440, 660)[:layout]]).astype(np.float32)


def muxed(container: str, codec: str, rate: int, waveform: np.ndarray) -> bytes:
    """Encode by libav, for the formats that soundfile does not write."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(waveform, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        for part in av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=rate).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def flac(seconds: int, rate: int = 1000) -> bytes:
    """Return silence, which FLAC keeps in a few bytes a second."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", rate, 1, "PCM_16", format="FLAC") as out:
        for _ in range(seconds // 100):
            out.write(np.zeros(100 * rate, np.int16))
    return buffer.getvalue()


def flac_declaring(data: bytes, n_samples: int) -> bytes:
    field = int.from_bytes(data[18:26], "big") >> 36 << 36 | n_samples
    return data[:18] + field.to_bytes(8, "big") + data[26:]


def test_vorbis_is_fed_in_pieces() -> None:
    """Given a minute at once, libsndfile overflows its stack and ends the process."""
    data = encode_audio(torch.zeros(3_000_000), 44_100, "ogg")
    assert probe_audio(data, "x").duration_s == pytest.approx(3_000_000 / 44_100)


LOSSLESS = {
    "WAV": ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
    "FLAC": ("PCM_S8", "PCM_16", "PCM_24"),
    "AIFF": ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
}


@pytest.mark.parametrize(("format", "subtype"), [(f, s) for f, subtypes in LOSSLESS.items() for s in subtypes])
def test_lossless_formats_equal_soundfile(format: str, subtype: str) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, NOISE.T.numpy(), 22_050, subtype, format=format)
    waveform, rate = decode_audio(buffer.getvalue(), "x")
    expected, _ = soundfile.read(io.BytesIO(buffer.getvalue()), dtype="float32")
    assert (rate, waveform.dtype, waveform.shape) == (22_050, torch.float32, (2, 5000))
    assert np.array_equal(waveform.T.numpy(), expected)


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_round_trip_on_the_16_bit_grid_is_exact(format: str) -> None:
    grid = torch.arange(-32768, 32768).float()[None] / 32768
    waveform, _ = decode_audio(encode_audio(grid, 44_100, format), "x")
    assert torch.equal(waveform, grid)
    loud, _ = decode_audio(encode_audio(torch.tensor([-3.0, 3.0]), 44_100, format), "x")
    assert loud[0].tolist() == [-1.0, 32767 / 32768]


@pytest.mark.parametrize(("format", "tolerance"), [("ogg", 0.02), ("mp3", 0.02)])
def test_lossy_round_trip(format: str, tolerance: float) -> None:
    waveform = sines(44_100, 5)
    decoded, rate = decode_audio(encode_audio(torch.from_numpy(waveform), 44_100, format), "x")
    assert (rate, decoded.shape) == (44_100, waveform.shape)
    assert np.abs(decoded.numpy() - waveform)[:, 2000:-2000].max() < tolerance


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("ipod", "aac", 44_100),
        ("mp4", "aac", 48_000),
        ("adts", "aac", 44_100),
        ("webm", "libopus", 48_000),
        ("ogg", "libopus", 48_000),
        ("mp3", "libmp3lame", 44_100),
        ("wav", "pcm_f32le", 96_000),
    ],
)
def test_formats_that_browsers_and_telephones_make(container: str, codec: str, rate: int) -> None:
    waveform = sines(rate)
    data = muxed(container, codec, rate, waveform)
    decoded, decoded_rate = decode_audio(data, "x")
    assert (decoded_rate, decoded.shape[0]) == (rate, 2)
    assert abs(decoded.shape[1] - waveform.shape[1]) <= 2112 + 1024  # an encoder's delay and its last frame
    spectrum = decoded[:, 4096 : 4096 + rate].numpy() @ np.exp(
        -2j * np.pi * np.outer(np.arange(rate), (440, 660)) / rate
    )
    assert np.allclose(np.abs(spectrum) * 2 / rate, [[0.5, 0], [0, 0.5]], atol=0.03)  # the channels are not swapped
    info = probe_audio(data, "x")
    assert (info.sample_rate_hz, info.n_channels) == (rate, 2)
    assert info.duration_s == pytest.approx(2, abs=0.15)


def test_the_length_is_that_of_the_sound_not_of_the_pictures() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        pictures, stream = out.add_stream("libx264", rate=1), out.add_stream("aac", rate=8000, layout="mono")
        pictures.width, pictures.height, pictures.pix_fmt = 32, 32, "yuv420p"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8192), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        out.mux([*stream.encode(frame), *stream.encode(None)])
        for _ in range(10):
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        out.mux(pictures.encode(None))
    assert probe_audio(buffer.getvalue(), "x").duration_s == pytest.approx(1, abs=0.3)
    assert decode_audio(buffer.getvalue(), "x", max_duration_s=5)[0].shape[0] == 1


def test_probe() -> None:
    data = encode_audio(NOISE, 10_000, "wav")
    assert probe_audio(data, "x") == AudioInfo(10_000, 2, 0.5, "pcm_s16le")


def test_mono_and_parts_are_slices_of_the_whole() -> None:
    data = encode_audio(NOISE, 1000, "flac")
    whole, _ = decode_audio(data, "x")
    part, _ = decode_audio(data, "x", start_s=1.5, duration_s=2.25)
    assert torch.equal(part, whole[:, 1500:3750])
    mono, _ = decode_audio(data, "x", mono=True, start_s=4.5)
    assert torch.equal(mono, whole[:, 4500:].mean(0, keepdim=True))
    past, _ = decode_audio(data, "x", start_s=4, duration_s=100)
    assert torch.equal(past, whole[:, 4000:])
    with pytest.raises(InvalidInput, match="before the end of the sound"):
        decode_audio(data, "x", start_s=6)


@pytest.mark.parametrize("part", [{"start_s": -1}, {"duration_s": 0}, {"start_s": float("nan")}])
def test_parts_that_make_no_sense(part: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="start_s ≥ 0 and duration_s > 0"):
        decode_audio(encode_audio(NOISE, 1000), "x", **part)


@pytest.mark.parametrize(("rate", "new_rate"), [(44_100, 16_000), (8_000, 44_100), (44_099, 44_100)])
def test_resampling_keeps_a_sine(rate: int, new_rate: int) -> None:
    data = muxed("wav", "pcm_f32le", rate, sines(rate))
    waveform, got = decode_audio(data, "x", sample_rate=new_rate)
    expected = sines(new_rate)
    assert (got, waveform.shape, waveform.dtype) == (new_rate, expected.shape, torch.float32)
    assert np.abs(waveform.numpy() - expected)[:, 500:-500].max() < 1e-3


def test_ten_hours_are_refused_undecoded() -> None:
    data = flac_declaring(flac(100), 36_000 * 1000)
    assert probe_audio(data, "long.flac").duration_s == 36_000
    with pytest.raises(ResourceLimit, match="at most 900 s long; got '36000 s'"):
        decode_audio(data, "long.flac")
    part, _ = decode_audio(data, "long.flac", start_s=10, duration_s=5)
    assert part.shape == (1, 5000)
    with pytest.raises(ResourceLimit, match="at most 20 s long"):
        decode_audio(data, "long.flac", duration_s=30, max_duration_s=20)


@pytest.mark.parametrize("declared", [1000, 0])  # one second; unknown
def test_a_long_file_that_declares_little_is_counted(declared: int) -> None:
    data = flac_declaring(flac(10_000), declared)
    tracemalloc.start()
    try:
        with pytest.raises(ResourceLimit, match="at most 900 s long"):
            decode_audio(data, "lies.flac")
        assert tracemalloc.get_traced_memory()[1] < 10e6  # 900 s are 3.6 MB, all of it 40 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0x7FFFFFF0])
def test_a_wav_header_that_claims_more_than_there_is(claimed: int) -> None:
    """What is written to a pipe has such a header, and is an honest file otherwise."""
    data = bytearray(encode_audio(NOISE, 10_000, "wav"))
    data[40:44] = struct.pack("<I", claimed)
    assert probe_audio(bytes(data), "x").duration_s == pytest.approx(0.5, abs=0.01)
    waveform, _ = decode_audio(bytes(data), "x")
    assert waveform.shape == NOISE.shape


def wav(rate: int, n_channels: int, n_samples: int = 100) -> bytes:
    body = bytes(2 * n_channels * n_samples)
    form = struct.pack("<HHIIHH", 1, n_channels, rate, rate * n_channels * 2, n_channels * 2, 16)
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("data", "bound"),
    [
        (wav(400_000, 1), "from 1 to 384 kHz"),
        (wav(500, 1), "from 1 to 384 kHz"),
        (wav(8000, 9), "at most 8 channels"),
    ],
)
def test_rates_and_channels(data: bytes, bound: str) -> None:
    for read in (probe_audio, decode_audio):
        with pytest.raises(ResourceLimit, match=bound):
            read(data, "x.wav")


def test_decoded_bytes_are_bounded_before_and_while_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    data = flac(100)  # 400 kB as float32
    monkeypatch.setattr(limits, "MAX_AUDIO_BYTES", 300_000)
    for lying in (data, flac_declaring(data, 1000)):
        with pytest.raises(ResourceLimit, match=r"at most 0\.3 MB when decoded"):
            decode_audio(lying, "x")
        with pytest.raises(ResourceLimit, match="when decoded"):
            decode_audio(lying, "x", duration_s=50, sample_rate=8000)
    decode_audio(data, "x", duration_s=50)


def test_the_wanted_rate_is_bounded() -> None:
    with pytest.raises(ResourceLimit, match="sample_rate must be from 1 to 384 kHz"):
        decode_audio(encode_audio(NOISE, 8000), "x", sample_rate=10**6)


def test_junk_and_files_without_sound() -> None:
    for junk in (b"\0" * 5000, b"just text\n" * 500, bytes(range(256)) * 20):
        for read in (probe_audio, decode_audio):
            with pytest.raises(InvalidInput, match=r"a sound file that can be read \(WAV, MP3"):
                read(junk, "song.mp3")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    with pytest.raises(InvalidInput, match="It holds no sound"):
        decode_audio(buffer.getvalue(), "silent.mp4")


def test_play_lists_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libav would open what such a text names, a file of this machine or an address."""
    monkeypatch.chdir(tmp_path)
    secret = "secret.wav"
    Path(secret).write_bytes(encode_audio(NOISE, 8000))
    texts = (
        f"ffconcat version 1.0\nfile {secret}\n",
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n",
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n# {secret}\n",
    )
    for text in texts:
        with pytest.raises(InvalidInput, match="a sound file that can be read"):
            decode_audio(text.encode(), "list.mp3")


def test_a_truncated_mp3_gives_what_is_there() -> None:
    data = encode_audio(torch.from_numpy(sines(44_100)), 44_100, "mp3")
    whole, _ = decode_audio(data, "x")
    half, _ = decode_audio(data[: len(data) // 2], "x")
    assert 0.4 < half.shape[1] / whole.shape[1] < 0.6
    assert torch.equal(half[:, :30_000], whole[:, :30_000])


@pytest.mark.parametrize("container", ["ipod", "adts"])
def test_a_damaged_packet_is_passed_over(container: str) -> None:
    data = bytearray(muxed(container, "aac", 44_100, sines(44_100)))
    whole, _ = decode_audio(bytes(data), "x")
    with av.open(io.BytesIO(data)) as opened:
        packets = [(packet.pos, packet.size) for packet in opened.demux(opened.streams.audio[0])]
    position, size = packets[len(packets) // 2]
    data[position + 7 : position + size] = bytes(size - 7)
    damaged, _ = decode_audio(bytes(data), "x")
    assert damaged.shape[1] == whole.shape[1] - 1024
    assert torch.equal(damaged[:, :30_000], whole[:, :30_000]) and torch.equal(damaged[:, -30_000:], whole[:, -30_000:])


def test_nan_in_a_file_is_refused() -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array([0.0, np.nan, 0.5], np.float32), 8000, "FLOAT", format="WAV")
    with pytest.raises(InvalidInput, match="finite"):
        decode_audio(buffer.getvalue(), "x.wav")


def test_encoding_refuses() -> None:
    for bad in (torch.tensor([0.0, float("nan")]), torch.tensor([float("inf")]), torch.tensor([1, 2])):
        with pytest.raises(InvalidInput, match="finite floating-point"):
            encode_audio(bad, 8000)
    for shape in ((9, 10), (2, 0), (1, 2, 10)):
        with pytest.raises(ShapeError, match=r"\(C, T\)"):
            encode_audio(torch.zeros(shape), 8000)
    with pytest.raises(InvalidInput, match="one of wav, flac, ogg, mp3"):
        encode_audio(NOISE, 8000, "aiff")
    with pytest.raises(InvalidInput, match="that mp3 can hold; got '2 channels at 96000 Hz'"):
        encode_audio(NOISE, 96_000, "mp3")


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/real")
def test_real_sounds() -> None:
    for path in (REAL / "audio/noisy_speech/mix.wav", REAL / "audio/spoken_digits/0_george_0.wav"):
        waveform, rate = decode_audio(path.read_bytes(), path.name)
        expected, expected_rate = soundfile.read(path, dtype="float32", always_2d=True)
        assert rate == expected_rate and np.array_equal(waveform.T.numpy(), expected)
    song = (REAL / "audio/song/test.mp3").read_bytes()
    assert probe_audio(song, "test.mp3") == AudioInfo(44_100, 2, pytest.approx(20, abs=0.1), "mp3")
    expected, _ = soundfile.read(io.BytesIO(song), dtype="float32")
    waveform, _ = decode_audio(song, "test.mp3")
    n = min(len(expected), waveform.shape[1])
    assert n > 19.9 * 44_100 and np.abs(waveform.T.numpy()[:n] - expected[:n]).max() < 1e-4  # two decoders agree
    stems = next((REAL / "audio/stem_mp4").glob("*.mp4"))
    assert decode_audio(stems.read_bytes(), stems.name)[0].shape[0] == 2
