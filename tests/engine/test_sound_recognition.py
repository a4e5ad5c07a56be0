"""Recognising sound: both networks, what spoke for an answer, windows, muting, filters, words, and the live ear."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchaudio
from torch import nn

from engine.datasets import instrument_notes, spoken_digits
from engine.errors import EngineError, InvalidInput, ShapeError
from engine.runtime.seeds import generator
from engine.sound_recognition import models, shapes
from engine.sound_recognition.confusion import accuracy, confusion
from engine.sound_recognition.filters import FLOOR_DB, learned_filters, mel_filters
from engine.sound_recognition.listening import as_heard, is_silent, window_of, windows
from engine.sound_recognition.live import Ear, decoded
from engine.sound_recognition.loudness import evenly_loud
from engine.sound_recognition.mel_cnn import FLOOR, LOWEST_HZ, MelCnn, MelSpectrogram
from engine.sound_recognition.muting import muted
from engine.sound_recognition.recogniser import Recogniser, hop_for, recognise
from engine.sound_recognition.saliency import (
    Saliency,
    gradient_times_input,
    over_time,
    saliency,
    smoothed,
)
from engine.sound_recognition.spans import Span, spans
from engine.sound_recognition.waveform_cnn import M5

BUILDS = list(shapes.BUILDS.values())


def tone(hz, seconds=1.0, rate=8000):
    return torch.sin(2 * torch.pi * hz * torch.arange(round(seconds * rate)) / rate)


@pytest.fixture
def mel(seeded):
    return MelCnn(4, 8000, 8000, 40, 256, 80, channels=(4, 4, 8, 8)).eval()


@pytest.fixture
def m5(seeded):
    return M5(4, 8000, 8000, channels=(8, 8, 8, 8)).eval()


# ---- networks


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_a_network_answers_for_every_class_of_its_task(build, seeded):
    network = build().eval()
    task = models.DIGITS if "digits" in build.__name__ else models.INSTRUMENTS
    sound = torch.randn(3, network.window_length)
    assert network(sound).shape == (3, len(models.labels_of(task)))
    assert network.window_length == network.sample_rate  # a second
    assert 50_000 < sum(p.numel() for p in network.parameters()) < 400_000
    with pytest.raises(ShapeError, match="waveform must be of shape"):
        network(sound[:, 1:])
    with pytest.raises(ShapeError):
        network(sound[0])


def test_the_classes_are_those_of_the_worlds():
    assert models.labels_of(models.DIGITS) == spoken_digits.LABELS and len(spoken_digits.LABELS) == shapes.N_DIGITS
    assert models.labels_of(models.INSTRUMENTS) == instrument_notes.LABELS
    assert len(instrument_notes.LABELS) == shapes.N_INSTRUMENTS == instrument_notes.OTHER + 1
    with pytest.raises(InvalidInput, match="task must be one of"):
        models.labels_of("birds")
    with pytest.raises(InvalidInput, match="task must be one of"):
        models.both("birds")


@pytest.mark.parametrize("network", ["mel", "m5"])
def test_a_sound_is_the_same_soft_and_loud(network, request):
    network = request.getfixturevalue(network)
    sound = torch.randn(2, 8000, generator=generator(0))
    torch.testing.assert_close(network(0.003 * sound), network(sound), atol=1e-4, rtol=1e-4)
    assert torch.isfinite(network(torch.zeros(1, 8000))).all()


@pytest.mark.parametrize("network", ["mel", "m5"])
def test_every_parameter_learns(network, request):
    network = request.getfixturevalue(network).train()
    nn.functional.cross_entropy(network(torch.randn(6, 8000)), torch.arange(6) % 4).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_evenly_loud():
    sound = torch.stack([tone(100), 0.01 * tone(300), torch.zeros(8000)])
    out = evenly_loud(sound)
    assert out.square().mean(1).sqrt().tolist() == pytest.approx([1, 1, 0], abs=1e-5)


def test_the_mel_spectrogram_is_torchaudios():
    ours = MelSpectrogram(8000, 40, 256, 80)
    sound = evenly_loud(torch.randn(2, 8000, generator=generator(0)))
    theirs = torchaudio.transforms.MelSpectrogram(
        8000, 256, hop_length=80, f_min=LOWEST_HZ, f_max=4000, n_mels=40, pad_mode="constant"
    )
    expected = (theirs(sound) / torch.hann_window(256).square().sum() + FLOOR).log10()
    assert ours(sound).shape == (2, 1, 40, 101)
    torch.testing.assert_close(ours(sound)[:, 0], expected, atol=1e-4, rtol=1e-4)


def test_the_mel_spectrogram_has_nothing_to_learn_or_to_keep(mel):
    assert not list(mel.spectrogram.parameters()) and not any("spectrogram" in key for key in mel.state_dict())


def test_a_tone_is_in_its_band():
    picture = MelSpectrogram(8000, 40, 256, 80)(tone(1000)[None])[0, 0]
    bands = torchaudio.functional.melscale_fbanks(129, LOWEST_HZ, 4000, 40, 8000).argmax(0) * 8000 / 256
    assert abs(bands[picture[:, 50].argmax()].item() - 1000) < 120


# ---- saliency


def linear(seed, *shape):
    weights = torch.randn(3, *shape, generator=generator(seed))
    return weights, lambda x: (x * weights[:, None]).flatten(2).sum(2).T  # (B, …) → (B, 3)


@pytest.mark.parametrize("shape", [(50,), (1, 6, 9)])
def test_saliency_of_a_linear_score_is_weight_times_input(shape):
    weights, score = linear(1, *shape)
    x = torch.randn(*shape, generator=generator(2))
    torch.testing.assert_close(gradient_times_input(score, x, 1, -3.0), weights[1] * (x + 3))
    torch.testing.assert_close(smoothed(score, x, 1, -3.0), weights[1] * (x + 3))
    total = gradient_times_input(score, x, 1, -3.0).sum()
    silence = torch.full_like(x, -3.0)
    torch.testing.assert_close(total, (score(x[None]) - score(silence[None]))[0, 1])


def test_smoothing_is_the_mean_of_the_gradients_at_noisy_inputs():
    x, settings = torch.tensor([1.0, -2.0, 0.5]), Saliency(copies=32, spread=0.2)
    score = lambda v: torch.stack([v.pow(3).sum(1), v.sum(1)], 1)  # noqa: E731
    noise = torch.randn(32, 3, generator=generator(7)) * 0.2 * 3.0
    torch.testing.assert_close(smoothed(score, x, 0, 0.0, settings, seed=7), x * (3 * (x + noise) ** 2).mean(0))
    torch.testing.assert_close(gradient_times_input(score, x, 0), 3 * x**3)


@pytest.mark.parametrize(("network", "shape"), [("mel", (40, 101)), ("m5", (8000,))])
@pytest.mark.parametrize("method", ["plain", "smooth"])
def test_saliency_of_a_network(network, shape, method, request):
    network = request.getfixturevalue(network)
    sound = torch.zeros(1, 8000)
    sound[0, 3000:5000] = tone(700, 0.25)
    found = saliency(network, sound, 2, Saliency(saliency=method))
    assert found.shape == shape and torch.isfinite(found).all() and found.abs().sum() > 0
    assert torch.equal(found, saliency(network, sound, 2, Saliency(saliency=method)))  # the noise has a seed
    if len(shape) == 1:
        assert not found[:3000].any() and not found[5000:].any()  # where nothing is, nothing spoke
    with pytest.raises(InvalidInput, match="label must be from 0 to 3"):
        saliency(network, sound, 4)


def test_saliency_against_a_small_change(mel):
    x = mel.features(torch.randn(1, 8000, generator=generator(4))).double()
    found = gradient_times_input(mel.double().classify, x[0], 1, math.log10(FLOOR))
    softer = torch.lerp(x, torch.full_like(x, math.log10(FLOOR)), 1e-6)  # all a millionth nearer to silence
    with torch.no_grad():
        change = (mel.classify(x) - mel.classify(softer))[0, 1]
    assert found.sum().item() == pytest.approx(1e6 * change.item(), rel=1e-3)


def test_saliency_asks_for_no_gradient_of_the_parameters(mel):
    saliency(mel.requires_grad_(False), torch.randn(1, 8000), 0)
    with torch.inference_mode():
        found = gradient_times_input(lambda v: v**2, torch.tensor([3.0]).clone(), 0)
    assert found.tolist() == [18.0]


def test_pieces_of_10_ms_add_up():
    values = torch.arange(250.0)
    pieces = over_time(values, 8000)
    assert pieces.shape == (4,) and pieces.sum() == values.sum() and pieces[0] == values[:80].sum()


# ---- listening


def test_what_is_heard_is_mono_at_the_networks_rate():
    for channels, rate in ((1, 8000), (6, 96_000), (2, 44_100), (1, 11_025), (1, 44_101), (1, 1000)):
        sound = tone(200, 0.5, rate).expand(channels, -1)
        heard = as_heard(sound, rate, 8000)
        assert heard.ndim == 1 and len(heard) == pytest.approx(4000, abs=10)
        middle = slice(500, 3500)
        assert torch.corrcoef(torch.stack([heard[middle], tone(200, 0.5)[middle]]))[0, 1] > 0.99


def test_what_cannot_be_heard_is_refused():
    with pytest.raises(ShapeError, match="at least one sample"):
        as_heard(torch.zeros(1, 0), 8000, 8000)
    with pytest.raises(InvalidInput, match="finite numbers"):
        as_heard(torch.tensor([[0.0, math.nan]]), 8000, 8000)
    with pytest.raises(InvalidInput, match="at least 1 Hz"):
        as_heard(torch.zeros(1, 5), 0, 8000)


def test_a_short_sound_stands_in_the_middle():
    cut, times = windows(torch.ones(100), 8000, 8000, 0.1)
    assert (
        cut.shape == (1, 8000)
        and cut[0, 3950:4050].all()
        and cut.sum() == 100
        and times[0].item() == pytest.approx(0.00625)
    )
    one, _ = windows(torch.ones(1), 8000, 8000, 0.1)
    assert one.sum() == 1


def test_windows_go_to_the_end():
    sound = torch.arange(20_500.0)
    cut, times = windows(sound, 8000, 8000, 0.25)
    assert cut[:, 0].tolist() == [0, 2000, 4000, 6000, 8000, 10_000, 12_000, 12_500] and cut[-1, -1] == 20_499
    assert times[0] == 0.5 and times[1] == 0.75
    exact, _ = windows(sound[:12_000], 8000, 8000, 0.25)
    assert exact[:, 0].tolist() == [0, 2000, 4000]
    with pytest.raises(InvalidInput, match="more than 0 s"):
        windows(sound, 8000, 8000, 0.0)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 44_101])
@pytest.mark.parametrize("moment_s", [0.0, 0.61, 1.7, 2.5, 99.0])
def test_a_window_of_a_long_recording_is_that_of_the_whole(rate, moment_s):
    sound = torch.randn(2, 3 * rate + 7, generator=generator(0))
    whole = as_heard(sound, rate, 8000)
    start = min(max(round(moment_s * 8000) - 4000, 0), len(whole) - 8000)
    torch.testing.assert_close(window_of(sound, rate, 8000, 8000, moment_s)[0], whole[start : start + 8000])
    short = window_of(sound[:, : rate // 2], rate, 8000, 8000, moment_s)
    assert short.shape == (1, 8000) and not short[0, :1990].any()


def test_silence():
    assert is_silent(torch.full((2, 10), 9e-4)) and not is_silent(torch.full((2, 10), 1.1e-3))


# ---- muting


def test_a_band_is_muted_and_the_rest_stays():
    sound = (tone(500) + tone(2000))[None]
    out = muted(sound, 8000, (0.0, 1.0), (1500, 2500))[0]
    assert out.shape == (8000,)
    torch.testing.assert_close(out[500:7500], tone(500)[500:7500], atol=2e-3, rtol=0)


def test_a_span_is_muted_and_the_rest_stays():
    sound = torch.randn(2, 8000, generator=generator(0))
    out = muted(sound, 8000, (0.4, 0.6), (0, 4000))
    assert out[:, 3400:4600].abs().max() < 1e-5
    torch.testing.assert_close(out[:, :2900], sound[:, :2900], atol=1e-4, rtol=0)
    torch.testing.assert_close(out[:, 5100:], sound[:, 5100:], atol=1e-4, rtol=0)
    with pytest.raises(InvalidInput, match="begins before it ends"):
        muted(sound, 8000, (0.6, 0.4), (0, 4000))


# ---- filters


def test_kernels_are_ordered_by_their_frequency(m5):
    hz = [3000, 250, 1000, 500, 2000, 750, 3500, 1500]
    with torch.no_grad():
        for k, f in enumerate(hz):
            m5.conv1.weight[k, 0] = 0.3 * tone(f, 0.01) * torch.hann_window(80)
    found = learned_filters(m5)
    assert found.places_hz.tolist() == pytest.approx(sorted(hz), abs=30)
    assert found.responses_db.amax(1).tolist() == [0] * 8 and found.responses_db.min() == FLOOR_DB
    assert found.kernels.shape == (8, 80) and found.kernels.abs().amax(1).tolist() == [1] * 8
    bell = torch.fft.rfft(tone(250, 0.01) * torch.hann_window(80), 1024).abs()
    torch.testing.assert_close(found.responses_db[0], (20 * (bell / bell.max()).log10()).clamp(min=FLOOR_DB))


def test_mel_filters_are_narrow_below_and_wide_above(mel):
    found = mel_filters(mel)
    assert found.kernels is None and found.responses_db.shape == (40, 129) and (found.places_hz.diff() >= 0).all()
    widths = (found.responses_db > -10).sum(1)
    assert widths[-1] > 3 * widths[5]


# ---- recogniser


class Fixed(nn.Module):
    """A network that answers with the class that the loudest sample of the window names."""

    sample_rate, window_length = 8000, 8000
    sureness = 2.5  # of 4 classes: 80 %

    def forward(self, waveform):
        named = waveform.amax(1).mul(10).round().long().clamp(0, 3)
        return self.sureness * nn.functional.one_hot(named, 4).float()


@pytest.fixture
def fixed():
    return Recogniser("fixed", "Fixed", Fixed(), ("a", "b", "c", "other"))


def test_a_recording_is_gone_through_window_by_window(fixed):
    sound = torch.zeros(2, 3 * 16_000)
    sound[:, 40_000] = 0.3  # 2.5 s; half of it when resampled
    snapshots = list(recognise([fixed, replace(fixed, key="again")], sound, 16_000))
    last = snapshots[-1]
    assert last.step == last.total_steps == 2 * 21 and len(snapshots) == 3
    assert last.probabilities["fixed"].shape[1] == 4 and last.times_s.tolist()[:2] == pytest.approx([0.5, 0.6])
    torch.testing.assert_close(last.probabilities["fixed"].sum(1), torch.ones(len(last.probabilities["fixed"])))


def test_a_long_recording_has_at_most_600_windows():
    assert hop_for(2.0) == 0.1 and hop_for(600.0) == 1.0
    assert 600 / hop_for(600) <= 600


def test_a_window_takes_some_time(fixed):
    probabilities, took = fixed.timed(torch.zeros(1, 8000))
    assert 0 < took < 60_000 and torch.equal(probabilities, fixed.probabilities(torch.zeros(1, 8000))[0])


# ---- words


def test_spans_are_runs_of_one_class():
    rows = torch.tensor(
        [[0.9, 0.1, 0], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.2, 0.55, 0.25], [0.9, 0.1, 0]]
    )
    times = torch.tensor([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    found = spans(times, rows, other=2)
    assert [(one.label, round(one.start_s, 3), round(one.end_s, 3)) for one in found] == [
        (0, 0.45, 0.65),
        (0, 0.95, 1.05),
    ]
    assert found[0].probability == pytest.approx(0.9)
    assert [one.label for one in spans(times, rows, other=2, sure=0.5)] == [0, 1, 0]
    assert spans(torch.tensor([0.3]), rows[:1], other=2) == [Span(0.0, pytest.approx(0.6), 0, pytest.approx(0.9))]
    assert spans(times, rows[:0], other=2) == []


def test_confusion():
    logits = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    counts = confusion(logits, torch.tensor([0, 0, 2, 1]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]] and accuracy(counts) == 0.5
    with pytest.raises(ShapeError, match="logits must be of shape"):
        confusion(logits, torch.tensor([0]), 3)
    with pytest.raises(InvalidInput, match="at least one sound"):
        accuracy(torch.zeros(3, 3, dtype=torch.long))


# ---- live


def pcm(label, amplitude=None):
    sound = np.zeros(16_000, "<i2")
    sound[6000:10_000] = round(32768 * (label / 10 if amplitude is None else amplitude))
    return sound.tobytes()


def test_a_word_is_noted_when_two_answers_agree(fixed):
    ear = Ear([fixed])
    for label in (1, 2, 2, 2, 3, 2, 2, 1, 1):
        answer = ear.hear(pcm(label))
    assert answer.words["fixed"] == (2, 2, 1) and answer.probabilities["fixed"].argmax() == 1
    assert not answer.is_silent and answer.milliseconds["fixed"] > 0


def test_one_very_sure_answer_is_enough(fixed, monkeypatch):
    monkeypatch.setattr(fixed.network, "sureness", 8.0)
    ear = Ear([fixed])
    for label in (1, 1, 3, 2, 1):
        answer = ear.hear(pcm(label))
    assert answer.words["fixed"] == (1, 2, 1)


def test_silence_is_no_word(fixed):
    ear = Ear([fixed])
    for _ in range(3):
        answer = ear.hear(pcm(0, 0.0005))
    assert answer.is_silent and answer.words["fixed"] == ()


@pytest.mark.parametrize("sound", [b"", b"\0", b"\0" * 3, b"\0" * 64_002])
def test_what_is_no_second_of_sound_is_refused(sound, fixed):
    with pytest.raises(EngineError, match="The sound must be"):
        Ear([fixed]).hear(sound)


def test_samples_of_16_bits():
    assert decoded(np.array([-32768, 16384], "<i2").tobytes()).tolist() == [[-1.0, 0.5]]
