"""The part "Take it apart" without a browser: what is drawn, written and given away is what the engine says."""

import csv
import io
import re
import threading
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from engine.io.audio import decode_audio, encode_audio
from engine.runtime import shelf as shelf_module
from engine.settings import default_of
from engine.source_separation import median_filtering, mixdown, models, ways
from engine.source_separation.ideal_masks import IdealMasks, separate_ideally
from engine.source_separation.median_filtering import MedianFiltering
from engine.source_separation.separator import STEMS
from engine.weights import state
from pages.audio._sound import apart_run, sources
from pages.audio._sound.apart_presets import PRESETS
from pages.audio._sound.apart_settings import Method
from pages.audio._sound.sources import Sound
from tests.pages.scenes import panel, scene, send

PAGE = "audio/sound.py"
RATE, SECONDS = 16_000, 3


def stem(k):
    """A stem of its own pitch and place; the drums are clicks."""
    t = torch.arange(RATE * SECONDS) / RATE
    if k == 0:
        own = torch.zeros(len(t))
        own[RATE // 8 :: RATE // 2] = 0.9
    else:
        own = 0.15 * torch.sin(2 * torch.pi * 180 * (2 * k) * t) * (1 - 0.3 * torch.sin(k * t))
    return torch.stack([own, 0.8 * own])


TRUTH = {name: stem(k) for k, name in enumerate(STEMS)}
MIXTURE = sum(TRUTH.values())


@pytest.fixture
def apart(open_page, monkeypatch):
    """Return a function (query) → the part's page once nothing is computed any more; the songs are 3 s long."""
    made = lambda song: Sound(("short", song), sources.SONGS[song], MIXTURE, RATE, TRUTH, STEMS)  # noqa: E731
    monkeypatch.setattr(sources, "sample", made)
    return lambda **query: settled(
        open_page(PAGE, **{"sound_part": "apart", "separator": models.MEDIAN_FILTERING} | query)
    )


def settled(app):
    ends = time.monotonic() + 120
    while app.get("progress"):
        assert time.monotonic() < ends and not app.exception
        app.run()
    assert not app.exception
    return app


def clean(app):
    assert not app.error, app.error[0].value
    return app


def texts(app):
    return "\n".join(one.value for kind in ("caption", "markdown", "info", "warning") for one in app.get(kind))


def labels(app):
    return [button.label for button in app.button]


def wav(sound, rate=RATE, subtype="PCM_16"):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.atleast_2d(np.asarray(sound)).T, rate, subtype=subtype, format="WAV")
    return buffer.getvalue()


def bring(app, data, name="own.wav", key="sound-file"):
    files = [(name, data, "audio/wav")] if isinstance(data, bytes) else data
    app.file_uploader(key=key).set_value(files if key == "mix-files" else files[0]).run()
    return settled(app)


# ---- stems -------------------------------------------------------------------------------------------------------


def test_demucs_takes_a_song_apart_before_anything_is_touched(apart):
    app = clean(apart(separator=models.OWN))
    assert [track["name"] for track in scene(app)["tracks"]] == [*STEMS, "original"]
    assert app.selectbox(key="separator").value == models.OWN == default_of(Method, "separator")


def test_a_song_is_taken_apart_by_median_filtering(apart):
    app = clean(apart())
    mixer = scene(app)
    assert [track["name"] for track in mixer["tracks"]] == ["percussive", "harmonic", "original"]
    assert mixer["tracks"][-1]["whole"] and mixer["pieces"][-1]["end"] == mixer["duration"] == SECONDS
    assert [one["key"] for one in mixer["panels"]] == ["percussive", "harmonic"]
    (bars,) = panel(mixer, "percussive")["layers"]
    percussive, _ = median_filtering.split(MIXTURE, MedianFiltering())
    assert bars["y1"].max() == pytest.approx(percussive.max().item(), abs=1e-3) and len(bars["x"]) >= 25 * SECONDS - 3


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset(apart, preset):
    app = apart(sound_source="upload")
    app.button(key=f"apart_preset-{preset.name}").click().run()
    clean(settled(app))
    assert preset.question in texts(app) and preset.question.endswith((".", "?"))
    assert app.segmented_control(key="apart_part").value == preset.more["apart_part"]
    assert app.get("bidi_component")
    for name, value in preset.changes.items():
        assert app.session_state[name] == value


def test_settings_of_the_method_are_used(apart):
    app = clean(apart(median_frames="5", median_window="1024"))
    (bars,) = panel(scene(app), "harmonic")["layers"]
    _, harmonic = median_filtering.split(MIXTURE, MedianFiltering("1024", 5))
    assert bars["y"].min() == pytest.approx(harmonic.min().item(), abs=1e-3)
    assert "5 frames × 17 bins" in texts(app)


def test_an_even_length_in_a_link_becomes_odd(apart):
    assert "7 frames × 17 bins" in texts(clean(apart(median_frames="6")))


def test_ideal_masks_are_offered_where_the_truth_is_known(apart):
    app = clean(apart(separator="IDEAL_MASKS", ideal_kind="binary"))
    assert "Ideal masks, the ceiling" in app.selectbox(key="separator").options
    assert [track["name"] for track in scene(app)["tracks"]] == [*STEMS, "original"]
    app = apart(separator="IDEAL_MASKS", sound_source="upload")
    assert "Ideal masks, the ceiling" not in app.selectbox(key="separator").options
    assert app.selectbox(key="separator").value == models.OWN


def test_a_method_whose_file_should_be_here_and_is_not_is_not_offered(apart, monkeypatch):
    missing = {models.BEST: "missing"}
    monkeypatch.setattr(models, "state", lambda weights: missing.get(weights.name) or state(weights))
    offered = apart().selectbox(key="separator").options
    assert "Hybrid Demucs" not in offered and "GTCRN" in offered


def test_a_large_file_is_fetched_when_asked_for(apart):
    app = clean(apart(separator=models.BEST))
    assert "Download Hybrid Demucs, 335 MB" in labels(app)
    said = texts(app)
    for fact in ("hdemucs_high_trained.pt, 334.7 MB, licence MIT", "download.pytorch.org", "Until then: Demucs"):
        assert fact in said
    assert len(scene(app)["tracks"]) == 5  # the page goes on


def test_without_a_network_one_sentence_says_so(apart):
    app = clean(apart(separator=models.FOR_SPEECH))
    assert "model_trained_on_dns3.tar could not be fetched from https://raw.githubusercontent.com" in texts(app)
    assert "Try again" in labels(app) and len(scene(app)["tracks"]) == 5


def say(app, region=None, tracks=None):
    even = [{"gain": 1, "pan": 0, "mute": False, "solo": False}] * len(scene(app)["tracks"])
    mix = {"token": scene(app)["token"], "region": region, "tracks": tracks or even}
    send(app, {"mix": mix})
    return app


def test_a_region_is_taken_apart_and_the_whole_again(apart):
    app = apart(median_window="1024")
    say(app, [1.0, 2.2])
    assert "Take 0:01.0 to 0:02.2 apart" in labels(app)
    app.button(key="take_region").click().run()
    mixer = scene(settled(app))
    assert mixer["duration"] == pytest.approx(1.2) and mixer["pieces"][0]["start"] == pytest.approx(0)
    assert mixer["pieces"][-1]["end"] == pytest.approx(1.2, abs=1e-3) and "0:01.0 to 0:02.2 in 2 stems" in texts(app)
    say(app, [0.2, 0.4])
    assert "Take 0:01.2 to 0:01.4 apart" in labels(app)  # within what is taken apart
    app.button(key="take_whole").click().run()
    assert scene(settled(app))["duration"] == SECONDS and "take_whole" not in [b.key for b in app.button]


def test_a_long_sound_waits_to_be_asked(apart, monkeypatch):
    monkeypatch.setattr(apart_run, "LONG_S", 2.0)
    app = clean(apart())
    mixer = scene(app)
    assert [track["name"] for track in mixer["tracks"]] == ["original"] and not mixer["tracks"][0]["whole"]
    assert "choose a region" in texts(app) and mixer["pieces"][-1]["end"] == SECONDS
    app.button(key="take_whole").click().run()
    assert len(scene(settled(app))["tracks"]) == 3


def test_what_runs_is_stopped_and_started_again(apart, open_page, monkeypatch):
    never, calls = threading.Event(), []

    def endless(chunk):
        calls.append(1)
        if len(calls) == 1:
            yield torch.stack([chunk, 0 * chunk])
            return
        while not never.wait(0.02):
            yield None

    slow = replace(median_filtering.separator(MedianFiltering("1024", 3, 3)), steps=endless)
    real = ways.Way.make
    monkeypatch.setattr(ways.Way, "make", lambda self, truth: slow)
    app = open_page(PAGE, sound_part="apart")
    ends = time.monotonic() + 60
    while not app.get("bidi_component"):
        assert time.monotonic() < ends
        app.run()
    assert app.get("progress") and scene(app)["pieces"][-1]["end"] < SECONDS
    app.button(key="stop_apart").click().run()
    clean(settled(app))
    assert "Stopped: " in texts(app) and f"of {SECONDS}.0 s are taken apart" in texts(app)
    assert scene(app)["pieces"]  # what is there can be heard
    monkeypatch.setattr(ways.Way, "make", real)
    app.button(key="apart_again").click().run()
    assert scene(settled(app))["pieces"][-1]["end"] == SECONDS


def test_pieces_that_had_to_go_are_told_of(apart):
    app = apart()
    shelf = shelf_module.shelf()
    gone = scene(app)["pieces"][0]["sounds"][0].rsplit("/", 1)[1]
    del shelf._sizes[gone]
    app.run()
    assert "no longer kept" in app.warning[0].value and not app.get("bidi_component")
    app.button(key="apart_again").click().run()
    assert not settled(app).warning and shelf.holds([gone])


# ---- taking away -------------------------------------------------------------------------------------------------


def test_the_mix_is_saved_as_it_is_set(apart, offered):
    app = apart(median_window="1024")
    faders = [{"gain": 0.5, "pan": -0.4, "mute": False, "solo": False}, {"gain": 1.2, "pan": 1, "mute": False}, {}]
    say(app, tracks=faders)
    mix, rate = decode_audio(offered["funk_mix.wav"](), "x")
    stems = [decode_audio(offered[f"funk_{name}.wav"](), "x")[0] for name in ("percussive", "harmonic")]
    wanted = mixdown.mixed(stems, [0.5, 1.2], [-0.4, 1.0])
    assert rate == RATE and (mix - wanted.clamp(-1, 1 - 2**-15)).abs().max() < 2**-15
    faders[1]["solo"] = True
    say(app, tracks=faders)
    mix, _ = decode_audio(offered["funk_mix.wav"](), "x")
    assert (mix - mixdown.mixed(stems, [0, 1.2], [-0.4, 1.0]).clamp(-1, 1 - 2**-15)).abs().max() < 2**-15


@pytest.mark.parametrize("format", ["wav", "flac", "mp3"])
def test_every_stem_in_every_format(apart, offered, format):
    apart(separator="IDEAL_MASKS", save_as=format)
    wanted = {f"funk_{name}.{format}" for name in ("mix", *STEMS)} | {"funk_stems.zip", "separate_sound.zip"}
    assert set(offered) == wanted
    with zipfile.ZipFile(io.BytesIO(offered["funk_stems.zip"]())) as archive:
        assert archive.namelist() == [f"{name}.{format}" for name in STEMS]
    sound, rate = decode_audio(offered[f"funk_bass.{format}"](), "x")
    assert rate == RATE and sound.shape[0] == 2 and sound.shape[1] == pytest.approx(RATE * SECONDS, abs=3000)


def test_nothing_is_encoded_before_it_is_asked_for(apart, offered, monkeypatch):
    from pages.audio._sound import apart as view

    for name in ("export_all", "export_mix", "export_stem"):
        monkeypatch.setattr(view, name, lambda *_: pytest.fail("encoded on the way"))
    apart()
    assert len(offered) == 5


def lines_of(printed):
    return {line.split(" against ")[0]: [float(v) for v in re.findall(r"(-?\d+\.\d+)", line)] for line in printed}


@pytest.mark.parametrize(
    "query",
    [{}, {"separator": "IDEAL_MASKS", "ideal_kind": "wiener", "sound_source": "mix", "level_1": "-6"}],
    ids=["median filtering", "ideal masks of a mixture"],
)
def test_the_script_prints_the_same_figures(apart, offered, printed, query):
    app = apart(apart_part="measured", **query)
    table = list(csv.DictReader(io.StringIO(offered["separation.csv"]().decode("utf-8-sig"))))
    figures = {row["stem"]: [float(row[k]) for k in ("SI-SDR", "better by", "SDR", "SIR", "SAR")] for row in table}
    clean(app)
    found = lines_of(line for line in printed(offered["separate_sound.zip"]()) if " against " in line)
    assert found.keys() == figures.keys()
    for name, values in found.items():
        assert values == pytest.approx(figures[name], abs=0.01)


def test_the_script_of_an_unknown_song(apart, offered, printed):
    app = apart(sound_source="upload")
    bring(app, wav(MIXTURE))
    assert printed(offered["separate_sound.zip"]()) == ["percussive: found_1.flac", "harmonic: found_2.flac"]


# ---- measured ----------------------------------------------------------------------------------------------------


def test_the_table_grows_with_each_method_and_says_which_is_best(apart, offered):
    app = clean(apart(apart_part="measured", separator="IDEAL_MASKS", ideal_kind="binary"))
    table = app.dataframe[0].value
    assert list(table["stem"]) == list(table["compared with"]) == sorted(STEMS)
    assert not any("best" in cell for column in table for cell in map(str, table[column]))
    app.selectbox(key="ideal_kind").set_value("wiener").run()
    table = settled(app).dataframe[0].value
    assert list(table["method"])[:2] == ["Ideal masks, Wiener", "Ideal masks, binary"]  # by SI-SDR
    rows = list(csv.DictReader(io.StringIO(offered["separation.csv"]().decode("utf-8-sig"))))
    assert len(rows) == 8
    for name in STEMS:
        own = [row for row in rows if row["compared with"] == name]
        cells = table[table["compared with"] == name]
        best = max(own, key=lambda row: float(row["SI-SDR"]))["method"]
        assert [row["method"] for _, row in cells.iterrows() if row["SI-SDR"].startswith("best ")] == [best]
    app.selectbox(key="separator").set_value(models.MEDIAN_FILTERING).run()
    table = settled(app).dataframe[0].value
    assert len(table) == 10 and "bass + other + vocals" in list(table["compared with"])
    app.segmented_control(key="song").set_value("rock").run()
    assert len(settled(app).dataframe[0].value) == 2  # of another sound


def test_the_equation_has_the_numbers_of_the_stem(apart):
    app = clean(apart(apart_part="measured", separator="IDEAL_MASKS", stem="1"))
    assert app.segmented_control(key="stem").value == 1
    own = separate_ideally(torch.stack(list(TRUTH.values())), IdealMasks())[1].double().flatten()
    true = TRUTH["bass"].double().flatten()
    scale = (own @ true) / (true @ true)
    wanted, unwanted = ((scale * true) ** 2).sum(), ((scale * true - own) ** 2).sum()
    (line,) = (one.value for one in app.markdown if one.value.startswith("**bass** ŝ"))
    numbers = [float(v.replace("−", "-")) for v in re.findall(r"= \**([−\d.]+)", line.replace("10\u00a0log", "log"))]
    assert numbers[0] == pytest.approx(scale.item(), rel=2e-3)
    power = re.search(r"log₁₀\(([\d.]+) / ([\d.]+)\)", line)
    assert [float(v) for v in power.groups()] == pytest.approx([wanted.item(), unwanted.item()], rel=2e-2)
    assert numbers[-1] == pytest.approx(10 * torch.log10(wanted / unwanted).item(), abs=0.1)


def test_four_pictures_of_the_stem_and_its_three_sounds(apart):
    app = clean(apart(apart_part="measured", separator="IDEAL_MASKS", stem="2"))
    mixer = scene(app)
    assert [one["key"] for one in mixer["panels"]] == ["true", "found", "mask", "error"]
    assert [track["name"] for track in mixer["tracks"]] == ["stem found", "true stem", "error"] and mixer["one"]
    assert mixer["pieces"][-1]["end"] == SECONDS
    grids = {one["key"]: one["layers"][0]["grid"] for one in mixer["panels"]}
    assert all(len({*grid.flatten().tolist()}) > 5 for grid in grids.values())
    assert grids["error"].mean() < grids["found"].mean()
    true, found = (grids[name].astype(float) for name in ("true", "found"))
    assert np.corrcoef(true.flatten(), found.flatten())[0, 1] > 0.5


def test_a_song_whose_stems_are_unknown_cannot_be_measured(apart):
    app = apart(apart_part="measured", sound_source="upload")
    bring(app, wav(MIXTURE))
    assert "true stems of this sound are not known" in clean(app).info[0].value


# ---- mixing ------------------------------------------------------------------------------------------------------


def test_a_mixture_of_a_song_at_other_levels(apart):
    app = clean(apart(sound_source="mix", level_1="6", level_4="-40", separator="IDEAL_MASKS"))
    assert "vocals is silent." in texts(app)
    drums, vocals = (panel(scene(app), name)["layers"][0] for name in ("drums", "vocals"))
    assert vocals["y1"].max() < 1e-3
    peak = (2 * 10 ** (6 / 20 - np.log10(2)) * TRUTH["drums"]).max().item()
    assert drums["y1"].max() == pytest.approx(min(peak, 1.0), abs=0.15)


def test_a_mixture_of_the_visitors_own_stems(apart):
    app = apart(sound_source="mix", apart_part="measured")
    files = [
        ("beat.wav", wav(TRUTH["drums"], RATE), "audio/wav"),
        ("Horns.wav", wav(0.1 * torch.randn(1, 2 * 8000), 8000), "audio/wav"),
        ("lead voc.flac", encode_audio(TRUTH["vocals"], RATE, "flac"), "audio/flac"),
    ]
    clean(bring(app, files, key="mix-files"))
    kinds = [box.value for box in app.selectbox if str(box.label).endswith(" is")]
    assert kinds == ["drums", "other", "vocals"]
    table = app.dataframe[0].value
    assert sorted(table["compared with"]) == ["Horns + lead voc", "beat"]
    app.selectbox(key="separator").set_value("IDEAL_MASKS").run()
    assert set(settled(app).dataframe[0].value["stem"]) == {"beat", "Horns", "lead voc", "percussive", "harmonic"}


def test_stems_that_cannot_be_mixed_get_a_sentence(apart):
    app = apart(sound_source="mix")
    bring(app, [("a.wav", wav(TRUTH["drums"]), "audio/wav")], key="mix-files")
    assert "2 to 5 files; got 1" in app.error[0].value
    bring(app, [("a.wav", wav(TRUTH["drums"]), "audio/wav"), ("b.wav", b"nothing", "audio/wav")], key="mix-files")
    assert app.error[0].value.startswith("b.wav: The file must be")


# ---- what visitors bring -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sound", "rate"),
    [
        (torch.zeros(2, 16_000), 16_000),
        (0.3 * torch.randn(1, 8_000), 8_000),
        (0.1 * torch.randn(6, 48_000), 96_000),
        (0.1 * torch.randn(2, 20), 44_100),
    ],
    ids=["silence", "8 kHz mono", "96 kHz, six channels", "20 samples"],
)
@pytest.mark.parametrize("part", ["stems", "inside"])
def test_odd_sounds_give_a_result(apart, sound, rate, part):
    app = apart(sound_source="upload", apart_part=part)
    clean(bring(app, wav(sound, rate)))
    assert scene(app)["panels"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (wav(torch.tensor([[0.1, float("nan"), 0.2] * 999]), subtype="FLOAT"), "finite numbers"),
        (b"RIFF nothing", "must be"),
        (wav(MIXTURE)[:20], "must be"),
        (wav(torch.full((1, 1), 0.5)), "at least 2 samples"),
    ],
    ids=["NaN", "no sound", "cut off", "one sample"],
)
def test_what_cannot_be_used_gets_one_sentence(apart, data, said):
    app = apart(sound_source="upload")
    bring(app, data)
    assert len(app.error) == 1 and said in app.error[0].value and not app.get("bidi_component")


# ---- how it works ------------------------------------------------------------------------------------------------


def test_median_filtering_is_drawn_with_its_numbers(apart):
    app = clean(apart(apart_part="inside", median_frames="9", median_window="1024"))
    found = scene(app)
    assert [one["key"] for one in found["panels"]] == ["mixture", "rows", "columns", "harmonic", "percussive"]
    grids = {one["key"]: one["layers"][0]["grid"].astype(int) for one in found["panels"]}
    assert abs(grids["harmonic"] + grids["percussive"] - 255).max() <= 1  # the masks add up to 1
    assert "9 frames are 0.144 s, 17 bins are 266 Hz" in texts(app)


def test_ideal_masks_are_drawn_for_each_stem(apart):
    app = clean(apart(apart_part="inside", explained="ideal", ideal_kind="ratio"))
    masks = [one["layers"][0]["grid"].astype(int) for one in scene(app)["panels"][1:]]
    assert len(masks) == 4 and abs(sum(masks) - 255).max() <= 4
    app = apart(apart_part="inside", explained="ideal", sound_source="upload")
    bring(app, wav(MIXTURE))
    assert "need the true stems" in clean(app).info[0].value


@pytest.mark.parametrize(
    ("explained", "said", "count"),
    [
        ("wave_u_net", "| bottom | 132 × 128 |", 22),
        ("demucs", "| BiLSTM | 256 × 192 | 2 bidirectional LSTM layers", 11),
        ("hdemucs", "| spectrum 5 | 768 × 1 × 200 |", 22),
        ("gtcrn", "| decoder 1 | 2 × 376 × 129 |", 12),
    ],
)
def test_the_blocks_of_a_network(apart, explained, said, count):
    app = clean(apart(apart_part="inside", explained=explained))
    (boxes,) = (one for one in panel(scene(app), "blocks")["layers"] if one["type"] == "boxes")
    assert len(boxes["text"]) == len(boxes["x0"]) == count
    assert said in texts(app).replace("\u00a0", " ").replace("\u202f×\u202f", " × ") and "chunk is" in texts(app)
