"""The four recognisers: the right files, their cards, and as good as these say, on clips and on real recordings."""

import json
from pathlib import Path

import pytest
import torch

from engine.io.audio import decode_audio
from engine.recipes.recognition_figures import real_digits
from engine.sound_recognition import declarations, models, shapes
from engine.sound_recognition.confusion import accuracy, confusion
from engine.sound_recognition.listening import windows
from engine.weights import all_weights, load, state, verify
from tests.reference.real_data import need

ROOT = Path(__file__).parents[2]
AUDIO = ROOT / "assets" / "audio"
FIGURES = json.loads((AUDIO / "recognise_figures.json").read_text(encoding="utf-8"))
WEIGHTS = [row.weights for row in models.MODELS.values()]
CLIPS = {"piano": "piano", "guitar": "electric guitar", "strings": "strings", "flute": "flutes", "drums": "drums"}
CLIPS_LEAST = {"MEL_CNN_INSTRUMENTS_V1": 0.75, "M5_INSTRUMENTS_V1": 0.7}
HELD_OUT_LEAST = {"MEL_CNN_DIGITS_V1": 0.7, "M5_DIGITS_V1": 0.7}


@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: weights.name)
def test_file_card_and_number_of_parameters(weights):
    assert weights in all_weights() and state(weights) == "bundled"
    assert verify(weights).stat().st_size < 3_000_000 and not verify(weights).is_symlink()
    model = load(weights, "cpu")
    assert sum(p.numel() for p in model.parameters()) == weights.num_params
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    assert weights.sha256 in card and f"{weights.num_params:,}" in card and weights.recipe in card
    for name, value in weights.metrics.items():
        assert f"{value:.3f}" in card, name
    assert shapes.BUILDS[weights.name] is weights.build


@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda weights: weights.name)
def test_the_declared_figures_are_those_of_the_tables(weights):
    tables = FIGURES[weights.name]
    for name, metric in (("held out", "held out accuracy"), ("real", "real accuracy")):
        assert accuracy(torch.tensor(tables[name])) == pytest.approx(weights.metrics[metric], abs=5e-4)


@pytest.mark.parametrize("row", models.both(models.DIGITS), ids=lambda row: row.key)
def test_digits_of_voices_that_nothing_was_learned_from(row):
    one, network = row.make("cpu"), row.make("cpu").network
    digits = json.loads((AUDIO / "recognise_held_out.json").read_text())["digits"]
    waveform, rate = decode_audio((AUDIO / "recognise_held_out.ogg").read_bytes(), "held out")
    heard = one.heard(waveform, rate)
    cut, _ = windows(heard[: 8000 * len(digits)], network.sample_rate, network.window_length, 1.0)
    counts = confusion(one.probabilities(cut), torch.tensor(digits), len(one.labels))
    assert accuracy(counts) >= HELD_OUT_LEAST[row.key]


@pytest.mark.parametrize("row", models.both(models.DIGITS), ids=lambda row: row.key)
def test_real_digits(row):
    folder = need("audio/spoken_digits")
    counts = real_digits(folder, row.make("cpu"))
    assert counts.tolist() == FIGURES[row.key]["real"] and counts.sum() == 60


@pytest.mark.parametrize("row", models.both(models.INSTRUMENTS), ids=lambda row: row.key)
def test_instruments_of_the_bundled_clips(row):
    one, network = row.make("cpu"), row.make("cpu").network
    right = total = 0
    for clip, family in CLIPS.items():
        waveform, rate = decode_audio((AUDIO / f"recognise_{clip}.ogg").read_bytes(), clip)
        cut, _ = windows(one.heard(waveform, rate), network.sample_rate, network.window_length, 0.3)
        right += int((one.probabilities(cut).argmax(1) == one.labels.index(family)).sum())
        total += len(cut)
    assert right / total >= CLIPS_LEAST[row.key]


def test_each_declaration_has_its_recipe():
    for weights in WEIGHTS:
        assert (ROOT / f"{weights.recipe.replace('.', '/')}.py").is_file()
    assert declarations.MEL_CNN_DIGITS_V1 in WEIGHTS and len(WEIGHTS) == 4
