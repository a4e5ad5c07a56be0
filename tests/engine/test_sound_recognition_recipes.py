"""The recipes of sound recognition: instruments are drawn as they should be, and all four learn a few steps."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.datasets import instrument_notes
from engine.datasets.chance import Chance
from engine.datasets.instrument_notes import CLIP_S, FAMILIES, LABELS, OTHER, Batches, phrases
from engine.datasets.instrument_notes.examples import N_CROP, cropped
from engine.datasets.recording import Clips, Recording
from engine.datasets.songs import Sounds
from engine.datasets.songs.font_player import DRUMS
from engine.errors import InvalidInput
from engine.io.audio import encode_audio
from engine.recipes import (
    instrument_pool,
    recognition_figures,
    sound_training,
    train_mel_cnn_digits,
    train_mel_cnn_instruments,
    train_waveform_cnn_digits,
    train_waveform_cnn_instruments,
)
from engine.recipes.spoken_digit_pool import HELD_OUT_SEED, TRAIN_SEED
from engine.runtime.seeds import generator
from engine.sound_recognition import shapes
from engine.sound_recognition.confusion import accuracy
from engine.sound_recognition.mel_cnn import MelCnn
from engine.sound_recognition.recogniser import Recogniser

SOUNDS = Sounds((Path("Own.sf2"), Path("Other.sf2")), Path("espeak-ng"))


def tone(hz, n):
    return 0.5 * torch.sin(2 * torch.pi * hz * torch.arange(n) / 16_000)


def pool(n_classes, n):
    """Return clips whose pitch tells the class, two of each."""
    labels = [k % n_classes for k in range(2 * n_classes)]
    return Clips.join([tone(200 + 250 * label, n) for label in labels], labels, labels)


@pytest.fixture
def played(monkeypatch):
    """Let a phrase be a tone for each note, and note what was asked for."""
    asked = []

    def play(notes, patch, n_samples, cents=0.0, vibrato=0.0):
        asked.append((notes, patch, vibrato))
        out = np.zeros((2, n_samples), np.float32)
        for note in notes:
            at = round(note.start * 44_100)
            t = np.arange(max(0, min(n_samples - at, 90_000))) / 44_100
            out[:, at : at + len(t)] += np.sin(2 * np.pi * 440 * 2 ** ((note.key - 69) / 12) * t)
        return out

    monkeypatch.setattr(phrases, "play", play)
    monkeypatch.setattr(phrases, "find_patch", lambda chance, sounds, bank, preset: (bank, preset))
    return asked


# ---- instruments


def test_families_share_no_preset():
    melodic = [set(family.presets) for family in FAMILIES if not family.is_drums]
    melodic.append(set(instrument_notes.families.OTHER_SOUNDS.presets))
    assert sum(map(len, melodic)) == len(set().union(*melodic)) and max(set().union(*melodic)) < 128
    assert (
        all(0 < family.lowest < family.highest < 128 for family in FAMILIES) and len(LABELS) == len(set(LABELS)) == 13
    )


@pytest.mark.parametrize("label", range(13))
def test_a_phrase_is_played_by_its_family(label, played):
    sounds = [instrument_notes.phrase(label, Chance(generator(seed)), SOUNDS) for seed in (0, 0, 1, 2)]
    assert all(sound.shape == (round(CLIP_S * 16_000),) for sound in sounds)
    assert torch.equal(sounds[0], sounds[1]) and not torch.equal(sounds[0], sounds[2])
    assert [float(sound.abs().max()) for sound in sounds] == pytest.approx([1] * 4, abs=1e-5)
    family = instrument_notes.families.OTHER_SOUNDS if label == OTHER else FAMILIES[label]
    for notes, (bank, preset), vibrato in played:
        assert bank == (DRUMS if family.is_drums else 0) and preset in family.presets and notes
        assert vibrato == 0 or family.chords < 0.4
        keys = [note.key for note in notes]
        assert min(keys) >= family.lowest - 0 and max(keys) <= family.highest + 12
        assert all(0 < note.velocity <= 1 and note.length > 0 for note in notes)


def test_crops_take_the_louder_of_two():
    clips = torch.zeros(200, 25_600)
    clips[:, 20_000:] = 0.5
    crops = cropped(clips, torch.full((200,), 25_600), generator(0))
    assert crops.shape == (200, N_CROP) and crops.max() == 1
    heard = crops.square().mean(1)
    assert heard.mean() > 0.14 and torch.equal(crops, cropped(clips, torch.full((200,), 25_600), generator(0)))


def test_batches_of_instruments():
    batches = Batches(pool(13, 25_600))
    sound, labels = batches.draw(260, generator(0))
    assert sound.shape == (260, 16_000) and sound.abs().max() <= 1 and torch.isfinite(sound).all()
    assert labels.bincount(minlength=13).min() > 5
    again = batches.draw(260, generator(0))
    assert torch.equal(again[0], sound) and torch.equal(again[1], labels)


def test_a_font_is_held_out():
    own, others = instrument_pool.split(SOUNDS, "Other")
    assert own.fonts == (Path("Own.sf2"),) and others.fonts == (Path("Other.sf2"),)
    for name in ("none", "Own.sf2"):
        with pytest.raises(InvalidInput, match="held-out font must be one of Own, Other"):
            instrument_pool.split(SOUNDS, name)


def test_the_pool_of_phrases_goes_on_where_it_was_cut_off(tmp_path, monkeypatch):
    drawn = []

    def fake(label, chance, sounds):
        drawn.append(label)
        return tone(200 + chance.between(0, 100), 3000)

    monkeypatch.setattr(instrument_pool, "phrase", fake)
    monkeypatch.setattr(instrument_pool, "PART", 20)
    instrument_pool.draw(tmp_path, 45, 0, SOUNDS)
    first = Clips.load(instrument_pool.pool_file(tmp_path))
    assert first.labels.tolist() == drawn == [k % 13 for k in range(45)]
    (tmp_path / "phrases_0_40.safetensors").unlink()
    instrument_pool.draw(tmp_path, 45, 0, SOUNDS)
    assert drawn[45:] == [1, 2, 3, 4, 5] and torch.equal(
        Clips.load(instrument_pool.pool_file(tmp_path)).samples, first.samples
    )


# ---- training


@pytest.mark.parametrize(
    ("recipe", "build", "file", "n_classes"),
    [
        (train_mel_cnn_digits, shapes.mel_cnn_digits, "words", 11),
        (train_waveform_cnn_digits, shapes.m5_digits, "words", 11),
        (train_mel_cnn_instruments, shapes.mel_cnn_instruments, "phrases", 13),
        (train_waveform_cnn_instruments, shapes.m5_instruments, "phrases", 13),
    ],
)
def test_a_recipe_trains_writes_and_measures(recipe, build, file, n_classes, tmp_path, monkeypatch, capsys):
    for seed in (TRAIN_SEED, HELD_OUT_SEED):
        save_file(
            pool(n_classes, 9000 if file == "words" else 20_000).tensors(), tmp_path / f"{file}_{seed}.safetensors"
        )
    out = tmp_path / "network.safetensors"
    sizes = ["--held-out", "12", "--steps", "2", "--batch", "4"]
    where = ["--pool", str(tmp_path), "--out", str(out), "--folder", str(tmp_path / "checkpoints")]
    monkeypatch.setattr(sys, "argv", ["recipe", *where, *sizes])
    recipe.main()
    said = capsys.readouterr().out
    assert f"{out} has " in said and re.search(r"on 12 held-out recordings: accuracy [01]\.\d{4}\n", said)
    build().load_state_dict(load_file(out))
    assert (tmp_path / "checkpoints" / "checkpoint.pt").exists()


def test_held_out_recordings_are_the_same_each_time():
    batches = instrument_notes.Batches(pool(13, 20_000))
    first, again = (list(sound_training.held_out_recordings(batches, 70)) for _ in range(2))
    assert [len(labels) for _, labels in first] == [64, 6]
    assert all(torch.equal(a, b) and torch.equal(c, d) for (a, c), (b, d) in zip(first, again, strict=True))


def test_a_masked_spectrogram_lacks_a_band_and_a_span():
    features = torch.randn(200, 1, 40, 101, generator=generator(0))
    out = sound_training.masked(features, generator(1))
    changed = out != features
    assert torch.equal(out, sound_training.masked(features, generator(1)))
    rows, columns = changed.all(3)[:, 0].sum(1), changed.all(2)[:, 0].sum(1)
    assert rows.max() == 7 and columns.max() == 15 and rows.min() == 0
    inside = changed[:, 0].sum((1, 2))
    assert torch.equal(inside, rows * 101 + columns * 40 - rows * columns)
    for one, was in zip(out[:20], features[:20], strict=True):
        hidden = one != was
        assert not hidden.any() or torch.allclose(one[hidden], was.mean())


# ---- figures


@pytest.fixture
def knowing():
    """Return a recogniser that hears the pitch: class k at 200 + 250 k Hz."""

    class Pitch(torch.nn.Module):
        sample_rate, window_length = 8000, 8000

        def forward(self, waveform):
            hz = torch.fft.rfft(waveform).abs().argmax(1)
            return 9.0 * torch.nn.functional.one_hot(((hz - 200) / 250).round().long().clamp(0, 12), 13)

    return Recogniser("pitch", "Pitch", Pitch(), LABELS)


def test_real_recordings_are_judged_by_their_names(tmp_path, knowing):
    for name, hz in (("0_a_0", 200), ("2_b_1", 700), ("1_a_0", 700)):
        (tmp_path / f"{name}.wav").write_bytes(encode_audio(tone(hz, 8000), 16_000))
    counts = recognition_figures.real_digits(tmp_path, knowing)
    assert counts.sum() == 3 and counts[0, 0] == counts[2, 2] == counts[1, 2] == 1


def test_stems_are_judged_where_they_sound(tmp_path, knowing):
    for stem, family in recognition_figures.STEM_FAMILIES.items():
        label = LABELS.index(family)
        sound = torch.cat([tone(200 + 250 * label, 40_000), torch.zeros(40_000)])
        (tmp_path / f"{stem}.mp3").write_bytes(encode_audio(sound, 16_000, "mp3"))
    counts = recognition_figures.real_stems(tmp_path, knowing)
    rows = counts.sum(1).nonzero().flatten().tolist()
    assert rows == sorted(LABELS.index(family) for family in recognition_figures.STEM_FAMILIES.values())
    assert accuracy(counts) == 1 and all(4 <= n <= 7 for n in counts.sum(1)[rows].tolist())


def test_the_figures_are_written(tmp_path, monkeypatch, knowing, capsys):
    save_file(pool(11, 9000).tensors(), tmp_path / f"words_{HELD_OUT_SEED}.safetensors")
    save_file(pool(13, 20_000).tensors(), tmp_path / f"phrases_{HELD_OUT_SEED}.safetensors")
    monkeypatch.setattr(recognition_figures, "STEM_FAMILIES", {})
    monkeypatch.setattr(recognition_figures, "accuracy", lambda counts: 0.5)
    asked = ["--words", "--phrases", "--digits", "--stems"]
    where = [part for name in asked for part in (name, str(tmp_path))]
    monkeypatch.setattr(sys, "argv", ["figures", *where, "--out", str(tmp_path / "figures.json"), "--held-out", "8"])
    recognition_figures.main()
    found = json.loads((tmp_path / "figures.json").read_text())
    assert list(found) == list(shapes.BUILDS) and "M5_DIGITS_V1" in capsys.readouterr().out
    assert all(np.sum(one["held out"]) == 8 and np.sum(one["real"]) == 0 for one in found.values())


def test_recordings_of_both_worlds_fit_their_networks():
    digits, instruments = shapes.mel_cnn_digits(), shapes.m5_instruments()
    assert isinstance(digits, MelCnn) and (Recording().window, Recording().rate_hz) == (8000, digits.sample_rate)
    recording = instrument_notes.examples.RECORDING
    assert (recording.window, recording.rate_hz) == (instruments.window_length, instruments.sample_rate)
