"""The parts "See sound", "Sampling" and "Decibels" without a browser: what is drawn is what the engine says."""

from __future__ import annotations

import csv
import io
import math
import re
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
import scipy.io.wavfile
import torch
import torchaudio
from PIL import Image

from engine.io.audio import decode_audio, encode_audio
from engine.settings import limits_of
from engine.spectral_analysis.cepstrum import mfcc_overview
from engine.spectral_analysis.frequency_rows import frequency_rows
from engine.spectral_analysis.mel import mel_filters
from engine.spectral_analysis.overview import spectrogram_overview
from engine.spectral_analysis.sampling import tone
from engine.spectral_analysis.settings import MelSettings, SpectrogramSettings, ToneSettings
from pages._ui.charts import CIVIDIS
from pages._ui.controls import link_text
from pages.audio._sound import heat, see, see_pieces, sources
from pages.audio._sound.decibels import room_db
from pages.audio._sound.see_presets import PRESETS
from pages.audio._sound.see_settings import Decibels, Sampling, See
from pages.audio._sound.sources import Sound
from pages.audio._sound.view import SONGS
from tests.pages.scenes import panel, scene, send

PAGE = "audio/sound.py"
RATE = 22_050
PARTS = {
    See: ({"see_picture": "spectrogram"}, {"from_s": "0.2", "to_s": "0.9"}),
    SpectrogramSettings: ({}, {"see_picture": "mfcc"}),
    MelSettings: ({"see_picture": "mel"}, {"see_picture": "mfcc"}),
    Sampling: tuple({"sound_part": "sampling", "sampled": what} for what in ("tone", "rising", "sound")),
    Decibels: tuple({"sound_part": "decibels", "changed": what} for what in ("gain", "sum")),
}


TONE = tone(ToneSettings(1000.0, 44_100, 1.0))


def song(name: str) -> Sound:
    """Return two channels of a tone with noise, 2.4 s: short, for what a test says of it holds of a song too."""
    noise = torch.randn(2, round(2.4 * RATE), generator=torch.Generator().manual_seed(len(name)))
    t = torch.arange(noise.shape[1]) / RATE
    stems = {"drums": 0.02 * noise, "bass": 0.5 * torch.sin(2 * math.pi * 441 * t).expand(2, -1)}
    return Sound(("song", name), SONGS[name], sum(stems.values()), RATE, stems, tuple(stems))


@pytest.fixture
def sound(open_page, monkeypatch):
    """Return a function (query) → the page with a short sound in place of the songs."""
    monkeypatch.setattr(sources, "sample", song)
    return lambda **query: open_page(PAGE, **query)


def drag(app, start, end):
    """Choose a region on a picture, or leave it (None)."""
    region = None if start is None else [start, end]
    send(app, {"mix": {"token": scene(app)["token"], "region": region, "tracks": [{}]}})


def cells(found: dict, key: str) -> np.ndarray:
    """Return a heat map's values, as the pointer reads them."""
    one = panel(found, key)
    grid = next(layer["grid"] for layer in one["layers"] if layer["type"] == "heat")
    return one["field"]["low"] + one["field"]["step"] * grid.astype(float)


def equations(app, n=1) -> str:
    return "\n".join(scene(app, n)["equations"])


def stats(app, n=1) -> dict[str, str]:
    return {one["label"]: one["text"] for one in scene(app, n)["stats"]}


# ---- see sound


def test_a_song_is_drawn_before_anything_is_touched(sound):
    app = sound()
    found = scene(app)
    assert [one["key"] for one in found["panels"]] == ["waveform", "Spectrogram"] and found["zoom"]
    seen = spectrogram_overview(song("funk").waveform, RATE, SpectrogramSettings(), heat.COLUMNS)
    expected = frequency_rows(seen, heat.ROWS).values.numpy()
    assert np.abs(cells(found, "Spectrogram") - expected).max() <= panel(found, "Spectrogram")["field"]["step"]
    for one in found["panels"]:
        assert one["x"]["range"] == [0, pytest.approx(2.4)]
    assert f"Δf = fₛ / N = {RATE} Hz / 2048 = 10.77 Hz" in equations(app)
    assert "Δt = H / fₛ = 512 / 22050 Hz = 23.22 ms" in equations(app) and "1025 bins" in equations(app)
    assert stats(app)["strongest"] == "441 Hz" and stats(app)["channels"] == "2"


@pytest.mark.parametrize("scale", ["linear", "power", "log", "db"])
@pytest.mark.parametrize("axis", ["linear", "log"])
def test_scale_and_axis(sound, scale, axis):
    app = sound(
        scale=scale, frequency_axis=axis, window_length="500", hop_length="100", window="blackman", floor_db="-60"
    )
    settings = SpectrogramSettings("blackman", 500, 100, scale, -60.0)
    seen = spectrogram_overview(song("funk").waveform, RATE, settings, heat.COLUMNS)
    one = panel(scene(app), "Spectrogram")
    expected = frequency_rows(seen, heat.ROWS, axis).values.numpy()
    assert np.abs(cells(scene(app), "Spectrogram") - expected).max() <= one["field"]["step"]
    assert one["field"]["unit"] == seen.unit and one["y"]["scale"] == axis
    assert one["y"]["range"] == ([20, RATE / 2] if axis == "log" else [0, RATE / 2000])


def test_mel_bands_and_their_filters(sound):
    app = sound(see_picture="mel", n_mels="128", window_length="500", hop_length="200")
    mel = MelSettings(n_mels=128)
    settings = SpectrogramSettings("hann", 500, 200)
    expected = spectrogram_overview(song("funk").waveform, RATE, settings, heat.COLUMNS, mel).values.numpy()
    assert np.abs(cells(scene(app), "Mel spectrogram") - expected).max() <= 0.5
    filters = mel_filters(mel, 500, RATE)
    narrow = int(filters.narrow(RATE / 500).sum())
    assert f"{narrow} of 128 filters are narrower than a bin; {int(filters.empty().sum())} let" in equations(app)
    edges = [layer for layer in panel(scene(app, 1), "bank")["layers"] if layer["type"] == "segments"]
    assert [len(layer["x"]) for layer in edges] == [2 * (128 - narrow), 2 * narrow] and narrow > 20
    begins = np.sort(np.concatenate([layer["x"][: len(layer["x"]) // 2] for layer in edges]))
    np.testing.assert_allclose(1000 * begins, filters.corners_hz[:-2], rtol=1e-5, atol=1e-3)
    assert panel(scene(app), "Mel spectrogram")["field"]["rows"][0].startswith("band 1, 0 – ")


def test_mfcc_are_torchaudios(sound):
    app = sound(see_picture="mfcc", n_mfcc="20", n_mels="40", high_hz="8000", window_length="1000", hop_length="500")
    filters = {"n_fft": 1000, "hop_length": 500, "n_mels": 40, "f_max": 8000.0, "pad_mode": "constant"}
    peer = torchaudio.transforms.MFCC(RATE, 20, melkwargs={**filters, "norm": "slaney", "mel_scale": "slaney"})
    levels = peer.amplitude_to_DB(peer.MelSpectrogram(song("funk").waveform).mean(0))
    expected = peer.dct_mat.T @ levels
    np.testing.assert_allclose(cells(scene(app), "MFCC"), expected, atol=2e-3)
    assert "20 of 40 coefficients" in equations(app) and f"c₀ = {expected[0].mean():.4g}".replace(
        "-", "−"
    ) in equations(app)


def test_a_region_is_drawn_finer_stands_in_the_link_and_is_left(sound):
    app = sound()
    drag(app, 0.5, 1.0)
    found = scene(app)
    assert found["region"] == [0.5, 1.0] and app.query_params["from_s"] == "0.5" and app.query_params["to_s"] == "1"
    assert all(one["x"]["range"] == pytest.approx([0.5, 1.0]) for one in found["panels"])
    span, hop = (11025, 22050), 11025 // heat.COLUMNS
    seen = spectrogram_overview(
        song("funk").waveform, RATE, SpectrogramSettings(hop_length=hop), heat.COLUMNS, span=span
    )
    expected = frequency_rows(seen, heat.ROWS).values.numpy()
    assert np.abs(cells(found, "Spectrogram") - expected).max() <= panel(found, "Spectrogram")["field"]["step"]
    assert "finer than set" in equations(app)
    app.toggle(key="fine_hop").set_value(False).run()
    assert cells(scene(app), "Spectrogram").shape[1] == 1 + 11025 // 512
    drag(app, None, None)
    assert scene(app)["region"] is None and "to_s" not in app.query_params
    assert scene(app)["panels"][0]["x"]["range"] == [0, pytest.approx(2.4)]


def test_a_region_that_is_hardly_one_is_widened_and_another_sound_is_seen_whole(sound):
    app = sound()
    drag(app, 1.0, 1.0001)
    start, end = scene(app)["region"]
    assert end - start == pytest.approx(0.01, abs=1e-6)
    assert [layer["type"] for layer in scene(app)["panels"][0]["layers"]] == ["line", "line"]  # each sample, joined
    app.segmented_control(key="song").set_value("rock").run()
    assert scene(app)["region"] is None and not app.exception


def test_a_link_opens_the_same_picture(sound):
    app = sound()
    drag(app, 0.4, 1.7)
    app.segmented_control(key="see_picture").set_value("mel").run()
    app.select_slider(key="window_length").set_value(1000).run()
    app.slider(key="n_mels").set_value(50).run()
    link = dict(app.query_params)
    assert set(link) == {"from_s", "to_s", "see_picture", "window_length", "n_mels"}
    again = sound(**link)
    for n in range(2):
        assert again.get("bidi_component")[n].proto.bytes == app.get("bidi_component")[n].proto.bytes


def test_what_has_nothing_to_do_with_a_picture_does_not_draw_it_again(sound, monkeypatch):
    drawn = []
    original = heat.spectrogram_heat
    monkeypatch.setattr(heat, "spectrogram_heat", lambda *given: drawn.append(1) or original(*given))
    app = sound()
    app.run()
    app.segmented_control(key="see_picture").set_value("mfcc").run()
    app.segmented_control(key="see_picture").set_value("spectrogram").run()
    assert len(drawn) == 1
    app.select_slider(key="window_length").set_value(1000).run()
    assert len(drawn) == 2


def test_settings_that_contradict_each_other_are_mended(sound):
    app = sound(window_length="100", hop_length="5000", n_mels="5", low_hz="20000", high_hz="300", see_picture="mfcc")
    assert not app.exception
    assert app.select_slider(key="hop_length").value == 100
    assert app.slider(key="n_mfcc").value == 5 and app.number_input(key="high_hz").value == 20_010
    assert len(app.error) == 1 and "half the sample rate" in app.error[0].value  # of a sound of 22 kHz
    app.number_input(key="low_hz").set_value(100.0).run()
    assert not app.error


def test_a_long_sound_comes_piece_by_piece(sound, monkeypatch):
    monkeypatch.setattr(see_pieces, "PIECE_S", 0.2)
    app = sound()
    for _ in range(100):
        if len(scene(app)["pieces"]) == 12:
            break
        app.run()
    found = scene(app)["pieces"]
    assert [one["start"] for one in found] == pytest.approx([0.2 * k for k in range(12)]) and found[-1][
        "end"
    ] == pytest.approx(2.4)


# ---- presets and extremes


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_every_preset_sets_the_page_and_asks_a_question(sound, preset):
    app = sound(n_mels="33", sampled="sound", gain_db="-3", from_s="1", to_s="2")
    app.button(key=f"sound_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert any(caption.value == preset.question for caption in app.caption)
    for name, value in {**preset.changes, **preset.more}.items():
        assert app.session_state[name] == value, name


@pytest.mark.parametrize(
    ("settings", "name"), [(settings, name) for settings in PARTS for name in limits_of(settings)], ids=str
)
def test_extremes_of_every_control(sound, settings, name):
    limits = limits_of(settings)[name]
    ends = list(limits.options) if limits.options else (limits.low, limits.high)
    for query in PARTS[settings]:
        for value in (True, False) if limits.kind == "flag" else ends:
            app = sound(**{**query, name: link_text(value)})
            assert not app.exception, (query, name, value)
            assert all("must be" in error.value for error in app.error)


# ---- what visitors bring


def wav(waveform: torch.Tensor, rate: int) -> bytes:
    return encode_audio(waveform, rate, "wav")


def contained(kind: str, codec: str, *, video: bool = False, sound: bool = True) -> bytes:
    """Return 1 s of a tone and a grey picture in a container of libav's."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as out:
        pictures = out.add_stream("libx264", rate=5) if video else None
        stream = out.add_stream(codec, rate=44_100, layout="mono") if sound else None
        if video:
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
            for k in range(5):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 99, np.uint8))
                frame.pts, frame.time_base = k, Fraction(1, 5)
                out.mux(pictures.encode(frame))
            out.mux(pictures.encode())
        if sound:
            for start in range(0, 44_100, 1024):
                frame = av.AudioFrame.from_ndarray(TONE[:, start : start + 1024].numpy().copy(), "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 44_100, start, Fraction(1, 44_100)
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    return buffer.getvalue()


def bring(app, name: str, content: bytes):
    app.file_uploader(key="sound-file").set_value((name, content, "audio/wav")).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.wav", lambda: wav(TONE, 44_100)),
        ("a.flac", lambda: encode_audio(TONE, 44_100, "flac")),
        ("a.ogg", lambda: encode_audio(TONE, 44_100, "ogg")),
        ("a.mp3", lambda: encode_audio(TONE, 44_100, "mp3")),
        ("a.m4a", lambda: contained("mp4", "aac")),
        ("a.mp4", lambda: contained("mp4", "aac", video=True)),
        ("cut.mp3", lambda: encode_audio(TONE, 44_100, "mp3")[:9000]),
    ],
)
def test_a_file_of_any_kind_is_seen(sound, name, make):
    app = bring(sound(sound_source="upload", window_length="5000"), name, make())
    assert not app.error and scene(app)["tracks"][0]["name"] == name
    assert stats(app)["strongest"] == "997 Hz" and stats(app)["sample rate"] == "44.1 kHz"
    app.segmented_control(key="sound_part").set_value("sampling").run()  # a tone, which asks for no sound
    app.segmented_control(key="sampled").set_value("sound").run()
    assert not app.error and len(scene(app)["panels"]) == 4 and any(name in one.value for one in app.caption)
    app.segmented_control(key="sound_part").set_value("decibels").run()
    assert not app.exception and not app.error and len(scene(app)["panels"]) == 3


def not_a_number() -> bytes:
    buffer = io.BytesIO()
    scipy.io.wavfile.write(buffer, 44_100, np.array([0, math.nan, 0.5] * 1000, np.float32))
    return buffer.getvalue()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("one.wav", lambda: wav(torch.zeros(1, 1), 44_100), "at least 2 samples long"),
        ("nan.wav", not_a_number, "finite numbers"),
        ("picture.wav", picture, "sound"),
        ("empty.wav", lambda: b"", "more than 0 bytes"),
        ("silent_film.mp4", lambda: contained("mp4", "aac", video=True, sound=False), "no sound"),
        ("cut.mp3", lambda: encode_audio(TONE, 44_100, "mp3")[:20], "cut.mp3"),
        ("text.mp3", lambda: b"no sound at all, only words", "text.mp3"),
        ("cut.wav", lambda: struct.pack("<4sI4s", b"RIFF", 10_000, b"WAVE"), "cut.wav"),
    ],
)
@pytest.mark.parametrize("part", ["see", "sampling", "decibels"])
def test_what_is_no_sound_gets_one_sentence_and_nothing_is_lost(sound, name, make, said, part):
    kept = {"see": ("window_length", 1000), "sampling": ("every", 7), "decibels": ("gain_db", 3.5)}[part]
    app = sound(sound_part=part, sound_source="upload", sampled="sound", **{kept[0]: str(kept[1])})
    bring(app, name, make())
    assert len(app.error) == 1 and said in app.error[0].value and app.error[0].value.count(". ") <= 2
    assert "Bring a sound" in app.info[0].value
    bring(app, "good.wav", wav(TONE, 44_100))
    assert not app.error and scene(app)["panels"] and app.session_state[kept[0]] == kept[1]
    bring(app, name, make())
    assert len(app.error) == 1 and scene(app)["panels"]  # what was good before stays
    app.file_uploader(key="sound-file").clear().run()
    assert "Bring a sound" in app.info[0].value


@pytest.mark.parametrize(
    ("waveform", "rate"),
    [
        (torch.zeros(2, 30_000), 44_100),
        (torch.zeros(1, 2), 44_100),
        (0.3 * torch.ones(1, 3), 8_000),
        (TONE[:, ::5], 8_000),
        (TONE.repeat(6, 1), 96_000),
        (TONE, 1_000),
        (TONE, 384_000),
    ],
    ids=["silence", "two samples", "three", "8 kHz", "96 kHz with 6 channels", "1 kHz", "384 kHz"],
)
def test_every_part_draws_what_is_unusual(sound, waveform, rate, offered):
    content = wav(waveform, rate)
    for query in (
        {"see_picture": "spectrogram"},
        {"see_picture": "mel"},
        {"see_picture": "mfcc"},
        {"sound_part": "sampling", "sampled": "sound"},
        {"sound_part": "decibels", "changed": "gain"},
        {"sound_part": "decibels", "changed": "sum", "added": "sound", "turn": "180"},
    ):
        app = bring(sound(sound_source="upload", **query), "odd.wav", content)
        assert not app.error, query
        seconds = waveform.shape[1] / rate
        assert scene(app)["duration"] == pytest.approx(seconds if "sound_part" not in query else min(seconds, 20))
        assert 8_000 <= scene(app)["rate"] <= 96_000
    for name, make in offered.items():
        assert make(), name


def test_what_the_microphone_heard_is_seen(sound, monkeypatch):
    class Recording(io.BytesIO):
        file_id, name = "recording", "recording.wav"

    recorded = Recording(wav(TONE, 44_100))
    monkeypatch.setattr("streamlit.audio_input", lambda *_, **__: recorded)
    app = sound(sound_source="microphone")
    assert not app.error and scene(app)["duration"] == pytest.approx(1.0)


# ---- take it away


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


def test_the_region_as_a_sound(sound, offered):
    sound(from_s="0.5", to_s="1.5")
    part = song("funk").waveform[:, RATE // 2 : 3 * RATE // 2]
    for kind, off in (("wav", 2**-15), ("flac", 2**-15), ("mp3", 0.2)):
        found, rate = decode_audio(offered[f"region.{kind}"](), f"a.{kind}")
        assert rate == RATE and found.shape[0] == 2
        assert (found[:, 3000:9000] - part[:, 3000:9000]).abs().max() <= off or kind == "mp3"
    assert found.shape[1] == pytest.approx(RATE, rel=0.2)


def test_values_and_coefficients_as_tables(sound, offered):
    app = sound(see_picture="mel", n_mels="20")
    found = rows(offered["mel_spectrogram.csv"]())
    values = np.array(found[1:], float)
    assert values.shape[1] == 21 and found[0][0] == "time s"
    np.testing.assert_allclose(values[:, 1:].T, cells(scene(app), "Mel spectrogram"), atol=0.5)
    corners = mel_filters(MelSettings(n_mels=20), 2048, RATE).corners_hz
    assert [float(name.removesuffix(" Hz")) for name in found[0][1:]] == pytest.approx(corners[1:-1].tolist(), rel=1e-5)
    waveform = song("funk").waveform
    mfcc = mfcc_overview(waveform, RATE, SpectrogramSettings(), MelSettings(n_mels=20), heat.COLUMNS)
    table = rows(offered["mfcc.csv"]())
    assert table[0] == ["time s", *(f"c{k}" for k in range(13))]
    np.testing.assert_allclose(np.array(table[1:], float)[:, 1:].T, mfcc.coefficients, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(np.array(table[1:], float)[:, 0], mfcc.times_s)


@pytest.mark.parametrize("query", [{}, {"frequency_axis": "log", "from_s": "1", "to_s": "2"}, {"see_picture": "mfcc"}])
def test_the_picture_has_the_colours_of_the_screen(sound, offered, query):
    sound(**query)
    (name,) = (one for one in offered if one.endswith(".png"))
    with Image.open(io.BytesIO(offered[name]())) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape == (800, 1600, 3)
    inside = pixels[75:700, 135:1400].reshape(-1, 3)
    if "see_picture" not in query:
        ramp = np.array([[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in CIVIDIS])
        fine = np.stack([np.interp(np.linspace(0, 9, 500), range(10), ramp[:, k]) for k in range(3)], -1)
        sample = inside[:: len(inside) // 400]
        assert np.abs(sample[:, None] - fine).sum(-1).min(1).max() < 40  # between two cells a colour is between two
    assert len(np.unique(inside, axis=0)) > 50
    assert (pixels[:, 40:120] < 128).all(-1).any() and (pixels[720:, 200:1400] < 128).all(
        -1
    ).any()  # numbers at the axes


@pytest.mark.parametrize(
    "query",
    [
        {},
        {
            "from_s": "0.7",
            "to_s": "1.9",
            "window": "blackman",
            "window_length": "1000",
            "hop_length": "200",
            "fine_hop": "false",
        },
        {"window": "rectangular", "mel_scale": "htk", "norm": "height", "n_mels": "30", "n_mfcc": "8", "low_hz": "100"},
    ],
)
def test_the_script_prints_the_numbers_of_the_page(sound, offered, printed, query):
    app = sound(see_picture="mel", **query)
    lines = printed(offered["see_sound.zip"]())
    said = {
        name: [float(n) for n in re.findall(r"-?\d+\.?\d*", rest)]
        for name, rest in (line.split(" ", 1) for line in lines)
    }
    shown = stats(app)
    assert f"{said['peak'][0]:.1f} dBFS".replace("-", "−") == shown["peak"]
    assert f"{said['peak'][1]:.1f} dBFS".replace("-", "−") == shown["RMS"]
    assert int(said["windows"][0]) == int(shown["windows"].replace(" ", ""))
    strongest = [one for one in lines if one.startswith("strongest")]
    where, level = (float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", strongest[0]))
    picture = cells(scene(app), "Spectrogram")
    assert level == pytest.approx(picture.max(), abs=0.01)
    assert where == pytest.approx(441, abs=RATE / 1000)
    band, level = (float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", strongest[1]))
    bands = cells(scene(app), "Mel spectrogram")
    assert level == pytest.approx(bands.max(), abs=0.02) and band == bands.max(1).argmax() + 1
    table = np.array(rows(offered["mfcc.csv"]())[1:], float)
    means = [said[f"c{k}"][0] for k in range(table.shape[1] - 1)]
    assert means == pytest.approx(table[:, 1:].mean(0).tolist(), abs=5e-3)


def test_of_a_long_sound_the_script_asks_for_a_region(sound, offered):
    app = sound(hop_length="10")
    assert "see_sound.zip" not in offered and any("choose a region" in one.value for one in app.caption)
    offered.clear()
    drag(app, 0.5, 1.0)
    assert "see_sound.zip" in offered


# ---- sampling


def test_a_tone_past_half_the_rate_seems_to_be_another(sound):
    app = sound(sound_part="sampling", tone_hz="7000")
    drawn, heard = scene(app), scene(app, 1)
    assert "|7000 − 1 · 8000| = 1000 Hz" in "\n".join(drawn["equations"])
    wave, alias, samples = (layer for layer in panel(drawn, "time")["layers"])
    for curve in (wave, alias):  # both go through every sample
        between = np.interp(samples["x"], curve["x"], curve["y"])
        np.testing.assert_allclose(between, samples["y"], atol=0.02)
    assert np.count_nonzero(np.diff(np.sign(alias["y"]))) == pytest.approx(2 * 1000 * samples["x"][-1] / 1000, abs=1)
    marks = [layer["x"][0] for layer in panel(drawn, "spectrum")["layers"] if layer["type"] == "points"]
    assert marks == pytest.approx([7.0, 1.0])
    assert heard["one"] and len(heard["tracks"]) == 3 and len(heard["pieces"][0]["sounds"]) == 3
    app.slider(key="tone_hz").set_value(3000.0).run()
    assert "the tone itself" in "\n".join(scene(app)["equations"])
    assert [layer["name"] for layer in panel(scene(app), "time")["layers"]] == ["the tone", "its samples"]


@pytest.mark.parametrize("sampled", ["rising", "sound"])
def test_what_was_folded_is_seen_below_half_the_rate(sound, sampled):
    app = sound(sound_part="sampling", sampled=sampled, every="4")
    found = scene(app)
    assert [one["key"] for one in found["panels"]] == [
        "before",
        "samples left out",
        "filtered, then left out",
        "folded",
    ]
    rate = 48_000 if sampled == "rising" else RATE
    line = found["panels"][0]["layers"][-1]
    assert line["y"][0] == pytest.approx(rate / 8000)
    half = heat.ROWS // 4
    before, left_out, filtered, folded = (cells(found, one["key"])[:, 5:-5] for one in found["panels"])
    assert before[half + 20 :].max() > -60 and left_out[half + 20 :].max() < -70 > filtered[half + 20 :].max()
    assert folded[: half - 20].max() > -60
    assert len(found["tracks"]) == 4


def test_the_region_of_the_other_part_is_sampled(sound):
    app = sound(sound_part="sampling", sampled="sound", from_s="0.5", to_s="1.25")
    assert scene(app)["duration"] == pytest.approx(0.75, abs=1e-3)


# ---- decibels


@pytest.mark.parametrize(
    ("gain", "times", "power"), [(3, "1.413", "1.995"), (6, "1.995", "3.981"), (20, "10", "100"), (-20, "0.1", "0.01")]
)
def test_a_gain_is_written_drawn_and_kept_below_full_scale(sound, gain, times, power):
    app = sound(sound_part="decibels", gain_db=str(gain))
    text = "\n".join(scene(app, 1)["equations"])
    assert f"20 log₁₀ {times} = " in text and f"the power × {power}" in text
    highs = [max(np.abs(layer["y"]).max() for layer in panel(scene(app), key)["layers"]) for key in ("before", "after")]
    assert 20 * math.log10(highs[1] / highs[0]) == pytest.approx(gain, abs=0.05)
    assert max(highs) <= 1 and ("Nothing may go beyond" in scene(app)["note"]) == (
        max(highs) == pytest.approx(10 ** (-0.1 / 20), abs=1e-3)
    )
    part = song("funk").waveform
    peak = 20 * math.log10(part.abs().max().item())
    assert room_db(peak, gain) == pytest.approx(min(0, -0.1 - peak - max(gain, 0)))
    assert stats(app)["peak left"] == f"{20 * math.log10(part[0].abs().max()):.1f} dBFS".replace("-", "−")
    rms = 10 * math.log10(part[0].square().mean())
    assert stats(app)["RMS left"] == f"{rms:.1f} dBFS".replace("-", "−")


def test_a_step_sets_the_gain(sound):
    app = sound(sound_part="decibels")
    app.button(key="gain 20").click().run()
    assert app.session_state["gain_db"] == 20 and app.query_params["gain_db"] == "20"


@pytest.mark.parametrize(
    ("added", "turn", "more"),
    [
        ("tone", 0, "+6.0 dB"),
        ("tone", 180, None),
        ("sound", 0, "+6.0 dB"),
        ("sound", 90, "+3.0 dB"),
        ("noise", 0, "+3.0 dB"),
    ],
)
def test_two_sounds_at_once(sound, added, turn, more):
    app = sound(sound_part="decibels", changed="sum", added=added, turn=str(turn))
    rule, measured = scene(app, 1)["equations"]
    if more:
        assert measured.endswith(more) and f"{float(more[:4]):+.1f}"[:4] in rule
    else:
        assert rule.endswith("−∞ dB:  silence")
        level = float(re.search(r"together are (\S+) dBFS", measured)[1].replace("−", "-").replace("∞", "inf"))
        assert level < -100
    first, second, both = panel(scene(app, 1), "excerpt")["layers"]
    np.testing.assert_allclose(both["y"], first["y"] + second["y"], atol=1e-5)
    assert len(scene(app)["tracks"]) == 3


def test_the_heights_are_those_of_the_pictures():
    assert all(len(heights) == 1 + (1 if key == "spectrogram" else 2) for key, heights in see.HEIGHTS_PX.items())
