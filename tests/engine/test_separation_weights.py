"""The bundled separators: the right files, their cards, and as good as these say on the songs of assets/audio."""

from functools import cache
from pathlib import Path

import pytest
import torch

from engine.io.audio import decode_audio
from engine.recipes.separation_figures import improvement_db
from engine.source_separation import declarations
from engine.source_separation.models import MEDIAN_FILTERING, get
from engine.source_separation.separator import STEMS
from engine.weights import load, state, verify

ROOT = Path(__file__).parents[2]
SONGS = ("funk", "rock", "blues", "folk")
EXCERPT = slice(4 * 44_100, 12 * 44_100)


def song(name: str) -> torch.Tensor:
    """Return eight seconds of the stems (4, 2, T) of a song from a seed that nothing was learned from."""
    files = [ROOT / "assets" / "audio" / f"{name}_{stem}.ogg" for stem in STEMS]
    return torch.stack([decode_audio(file.read_bytes(), file.name)[0][:, EXCERPT] for file in files])


@cache
def mean_db(key: str) -> float:
    return improvement_db(get(key).make("cpu"), map(song, SONGS))["mean"]


@pytest.mark.parametrize("weights", declarations.OF_SONGS, ids=lambda weights: weights.name)
def test_file_card_and_number_of_parameters(weights):
    assert state(weights) == "bundled" and not verify(weights).is_symlink()
    assert verify(weights).stat().st_size < 25_000_000
    assert sum(p.numel() for p in load(weights, "cpu").parameters()) == weights.num_params
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    assert weights.sha256 in card and f"{weights.num_params:,}" in card and weights.recipe in card
    assert all(f"{value:.2f}" in card for value in weights.metrics.values())


@pytest.mark.parametrize("weights", declarations.OF_SONGS, ids=lambda weights: weights.name)
def test_a_song_of_another_seed_is_taken_apart_as_well_as_the_card_says(weights):
    declared = weights.metrics["SI-SDR improvement (dB)"]
    assert mean_db(weights.name) > declared - 1.5  # four songs, not forty


def test_demucs_is_better_than_wave_u_net_which_is_better_than_median_filtering():
    keys = [MEDIAN_FILTERING, "WAVE_U_NET_SONGS_V1", "DEMUCS_SONGS_V1"]
    assert [weights.name for weights in declarations.OF_SONGS] == keys[1:]
    assert sorted(keys, key=mean_db) == keys
