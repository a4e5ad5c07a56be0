"""The part "Recognise" without a browser: what is drawn is what the networks say, whatever the sound."""

from __future__ import annotations

import base64
import csv
import io

import numpy as np
import pytest
import scipy.io.wavfile

from engine.settings import limits_of
from engine.sound_recognition import models
from engine.sound_recognition.examine import Mute, look
from engine.sound_recognition.filters import learned_filters, mel_filters
from engine.weights import path_of
from pages._ui.controls import link_text
from pages.audio._sound import recognise_sources
from pages.audio._sound.recognise_presets import PRESETS
from pages.audio._sound.recognise_right import figures
from pages.audio._sound.recognise_settings import DIGIT_CLIPS, INSTRUMENT_CLIPS, Recognise
from tests.pages.scenes import panel, scene, send

PAGE = "audio/sound.py"
MIXER, BARS, SEEN = range(3)
RATE = 16_000


@pytest.fixture
def recognise(open_page):
    """Return a function (query) → the page with the part open."""
    return lambda **query: open_page(PAGE, sound_part="recognise", **query)


def said(app, n=BARS):
    """Return name of the network → probabilities, as the bars have them."""
    return {one["title"]: one["probabilities"] for one in scene(app, n)["columns"]}


def looks(task, clip, moment=0.5, **more):
    sound = recognise_sources.clip(task, clip)
    at_s = moment * sound.duration_s
    return [look(row.make("cpu"), sound.waveform, sound.sample_rate, at_s, **more) for row in models.both(task)]


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def wav(samples, rate=RATE):
    file = io.BytesIO()
    scipy.io.wavfile.write(file, rate, samples)
    return file.getvalue()


def bring(app, data, name="mine.wav"):
    app.selectbox(key="rec_source").set_value("file").run()
    app.file_uploader(key="recognise-file").set_value((name, data, "audio/wav")).run()
    assert not app.exception
    return app


# ---- listening


def test_both_networks_answer_about_the_sample(recognise):
    app = recognise()
    expected = looks(models.DIGITS, "seven")
    for one in expected:
        assert said(app)[one.title] == pytest.approx(one.probabilities.tolist(), abs=1e-4)
    assert scene(app, BARS)["labels"] == list(expected[0].labels) and not scene(app, BARS)["listens"]
    assert all(
        "numbers learned" in one["about"] and "ms a window" in one["about"] for one in scene(app, BARS)["columns"]
    )


def test_the_pictures_are_what_the_networks_see(recognise):
    app = recognise(explained="second", saliency="plain", digit_clip="pi", rec_place="0.3")
    mel, wave = looks(models.DIGITS, "pi", 0.3)
    found = scene(app, SEEN)
    np.testing.assert_allclose(panel(found, "mel")["layers"][0]["grid"], mel.seen.numpy(), atol=1e-4)
    second = int(mel.probabilities.argsort(descending=True)[1])
    assert panel(found, "mel-saliency")["title"] == f"What spoke for “{mel.labels[second]}”"
    heat = panel(found, "mel-saliency")["layers"][0]
    assert heat["range"][0] == -heat["range"][1] and heat["grid"].shape == (40, 101)
    bars = panel(found, "wave")["layers"][0]
    assert bars["y1"].max() == pytest.approx(wave.window.max().item(), abs=1e-4)


def test_the_words_of_a_long_sound_are_written_where_they_are(recognise):
    app = recognise(digit_clip="pi")
    sound = recognise_sources.clip(models.DIGITS, "pi")
    words = panel(scene(app, MIXER), "words")["layers"]
    for one in words:
        assert (np.array(one["x0"]) >= 0).all() and (np.array(one["x1"]) <= sound.duration_s).all()
        assert set(one["text"]) <= set(models.labels_of(models.DIGITS)) - {"other"}
    window = panel(scene(app, MIXER), "waveform")["layers"][-1]
    assert window["x1"][0] - window["x0"][0] == pytest.approx(1)
    app.slider(key="rec_place").set_value(0.0).run()
    assert panel(scene(app, MIXER), "waveform")["layers"][-1]["x0"] == [0]


def test_a_region_moves_the_window(recognise):
    app = recognise(digit_clip="pi")
    duration_s = recognise_sources.clip(models.DIGITS, "pi").duration_s
    said_of_it = {"mix": {"token": scene(app, MIXER)["token"], "region": [2.0, 3.0], "tracks": [{}]}}
    send(app, said_of_it, MIXER)
    assert app.session_state["rec_place"] == pytest.approx(2.5 / duration_s)
    window = panel(scene(app, MIXER), "waveform")["layers"][-1]
    assert (window["x0"][0], window["x1"][0]) == pytest.approx((2.0, 3.0))


def test_muting_changes_what_both_hear(recognise):
    app = recognise(rec_mute="true", mute_from="0.6", mute_to="0.2", mute_low="0", mute_high="8000")
    mute = Mute((0.2, 0.6), (0.0, 8000.0))
    for one in looks(models.DIGITS, "seven", mute=mute):
        assert said(app)[one.title] == pytest.approx(one.probabilities.tolist(), abs=1e-4)
        assert not one.window[0, 1900:4500].abs().max() > 1e-4
    told = next(one.value for one in app.caption if one.value.startswith("Muted:"))
    assert told.count("before") == 2


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_sets_its_controls(recognise, preset):
    app = recognise()
    app.button(key=f"recognise_preset-{preset.name}").click().run()
    assert not app.exception and not app.error
    assert any(preset.question == one.value for one in app.caption)
    for name, value in preset.changes.items():
        assert app.session_state[name] == value
    task = preset.changes["rec_task"]
    assert scene(app, BARS)["labels"] == list(models.labels_of(task))


@pytest.mark.parametrize(
    ("task", "name"),
    [*((models.DIGITS, name) for name in DIGIT_CLIPS), *((models.INSTRUMENTS, name) for name in INSTRUMENT_CLIPS)],
)
def test_every_clip_is_there(task, name):
    sound = recognise_sources.clip(task, name)
    assert 0.5 < sound.duration_s < 30 and sound.waveform.abs().max() > 0.3


@pytest.mark.parametrize("end", ["low", "high"])
def test_extremes_of_the_controls(recognise, end):
    query = {
        name: link_text(getattr(limits, end)) for name, limits in limits_of(Recognise).items() if limits.kind == "real"
    }
    app = recognise(rec_mute="true", digit_clip="pi", **query)
    assert not app.error and len(said(app)) == 2


def test_a_link_out_of_range_is_clamped(recognise):
    app = recognise(digit_clip="pi", rec_place="17", explained="none", rec_task="birds")
    assert app.session_state["rec_place"] == 1 and len(said(app)) == 2


# ---- what a visitor brings


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(16_000, np.int16), RATE),
        (np.array([9000], np.int16), RATE),
        (np.array([9000, -9000], np.int16), RATE),
        ((9000 * np.sin(np.arange(12_000) / 3)).astype(np.int16), 8000),
        (np.tile((9000 * np.sin(np.arange(96_000) / 30)).astype(np.int16)[:, None], 6), 96_000),
    ],
    ids=["silence", "one sample", "two samples", "8 kHz mono", "96 kHz six channels"],
)
def test_an_odd_sound_gets_an_answer(recognise, samples, rate):
    app = bring(recognise(), wav(samples, rate))
    assert not app.error
    assert all(sum(one) == pytest.approx(1, abs=1e-3) for one in said(app).values())
    assert any("silence" in one.value for one in app.info) == (not samples.any())


@pytest.mark.parametrize(
    "data", [wav(np.full(100, np.nan, np.float32)), b"no sound", b""], ids=["NaN", "text", "empty"]
)
def test_what_is_no_sound_gets_a_sentence(recognise, data):
    app = bring(recognise(), data)
    assert len(app.error) == 1 and len(app.error[0].value) < 250


def test_a_recording(recognise):
    app = recognise(rec_source="record")
    assert any("Bring a sound" in one.value for one in app.info)


# ---- live


def hear(app, samples, number=1):
    text = base64.b64encode(samples.astype("<i2").tobytes()).decode()
    send(app, {"heard": {"number": number, "pcm": text}}, 0)


def test_live_answers_what_the_microphone_sends(recognise):
    app = recognise(rec_source="live")
    found = scene(app, 0)
    assert found["listens"] and found["answered"] == 0 and all(p is None for p in said(app, 0).values())
    sound = recognise_sources.clip(models.DIGITS, "seven").waveform[0].numpy()
    second = np.zeros(RATE)
    second[1500 : 1500 + len(sound)] = sound[: RATE - 1500]
    for number in (1, 2):
        hear(app, 32_767 * second, number)
    assert scene(app, 0)["answered"] == 2
    for row in models.both(models.DIGITS):
        one = row.make("cpu")
        window = one.window(second_as_heard(second), RATE, 0.5)
        expected = one.probabilities(window)[0].tolist()
        assert said(app, 0)[one.title] == pytest.approx(expected, abs=0.02)
    assert all(isinstance(one["words"], list) for one in scene(app, 0)["columns"])


def second_as_heard(second):
    import torch

    return torch.from_numpy(second.astype(np.float32))[None]


def test_live_silence_is_told(recognise):
    app = recognise(rec_source="live")
    hear(app, np.zeros(RATE))
    assert all(one["about"] == "silence" and one["probabilities"] is None for one in scene(app, 0)["columns"])


@pytest.mark.parametrize(
    "message",
    [
        '{"heard": {"number": 1, "pcm": "AAA"}}',
        '{"heard": {"number": 1, "pcm": "!!!!"}}',
        '{"heard": {"number": "one", "pcm": "AAAA"}}',
        '{"heard": {"number": 1e400, "pcm": "AAAA"}}',
        '{"heard": [1, 2]}',
        '{"heard": {"number": 1}}',
        '{"heard": {"number": 1, "pcm": "' + "A" * 200_000 + '"}}',
    ],
)
def test_what_no_microphone_says_is_passed_over(recognise, message):
    app = recognise(rec_source="live")
    send(app, message.replace("1e400", "1e308"), 0)
    assert scene(app, 0)["answered"] == 0


def test_too_short_a_sound_is_a_sentence(recognise):
    app = recognise(rec_source="live")
    send(app, {"heard": {"number": 1, "pcm": ""}}, 0)
    assert scene(app, 0)["note"].startswith("The sound must be")


# ---- what they learned, how often they are right


@pytest.mark.parametrize("task", models.TASKS)
def test_the_filters_are_those_of_the_networks(recognise, task):
    app = recognise(rec_view="filters", rec_task=task)
    mel, wave = (row.make("cpu").network for row in models.both(task))
    found = scene(app)
    np.testing.assert_allclose(
        panel(found, "learned")["layers"][0]["grid"], learned_filters(wave).responses_db, atol=1e-3
    )
    np.testing.assert_allclose(panel(found, "given")["layers"][0]["grid"], mel_filters(mel).responses_db, atol=1e-3)
    assert len(panel(found, "kernels")["layers"]) == wave.conv1.out_channels


@pytest.mark.parametrize("table", ["held out", "real"])
@pytest.mark.parametrize("task", models.TASKS)
def test_the_tables_are_those_of_the_figures(recognise, task, table):
    app = recognise(rec_view="right", rec_task=task, rec_table=table)
    for metric, row in zip(app.metric, models.both(task), strict=True):
        counts = np.array(figures()[row.key][table])
        assert counts.shape == (len(models.labels_of(task)),) * 2
        assert metric.label == row.title and metric.value == f"{np.trace(counts) / counts.sum():.1%}"
    assert len(app.get("plotly_chart")) == 2


# ---- take it away


def test_the_answers_as_tables(recognise, offered):
    app = recognise(digit_clip="pi")
    table = rows(offered["recognised.csv"]())
    assert [row["class"] for row in table] == list(models.labels_of(models.DIGITS))
    for title, probabilities in said(app).items():
        assert [float(row[title]) for row in table] == pytest.approx(probabilities, abs=1e-4)
    times = rows(offered["recognised_over_time.csv"]())
    assert len(times) > 50 and sum(
        float(times[0][f"M5 {name}"]) for name in models.labels_of(models.DIGITS)
    ) == pytest.approx(1, abs=1e-3)
    for row in models.both(models.DIGITS):
        assert offered[f"{row.key.lower()}.safetensors"]() == path_of(row.weights).read_bytes()


@pytest.mark.parametrize(
    "query", [{"rec_mute": "true", "mute_from": "0.2", "mute_to": "0.4"}, {"rec_task": "instruments"}]
)
def test_the_script_prints_the_same_probabilities(recognise, offered, printed, query):
    app = recognise(**query)
    lines = [line.split("\t") for line in printed(offered["recognise_sound.zip"]())]
    for title, probabilities in said(app).items():
        own = [float(value) for name, _, value in lines if name == title]
        assert own == pytest.approx(probabilities, abs=2e-5)
    assert [label for name, label, _ in lines if name == "M5"] == scene(app, BARS)["labels"]


def test_the_script_needs_torch_torchaudio_and_safetensors_alone():
    from engine.io.standalone import closure

    sources, packages = closure("engine.scripts.recognise_sound")
    assert packages <= {"torch", "torchaudio", "safetensors"}
    assert not any("datasets" in name or "recipes" in name for name in sources)
