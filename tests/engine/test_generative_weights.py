"""The bundled generative networks and classifiers: the right files, their cards, and as good as these say."""

from pathlib import Path

import pytest
import torch

from engine.datasets.avatars import labels_of, make_avatars
from engine.datasets.glyphs import make_glyphs
from engine.errors import InvalidInput
from engine.generative import declarations, models
from engine.generative.readers import right_answers
from engine.generative.sampling import Sampling, latents
from engine.generative.vae import bound
from engine.recipes.generative_figures import frequencies, largest_difference
from engine.runtime.seeds import generator
from engine.weights import Weights, all_weights, get, load, state, verify

ROOT = Path(__file__).parents[2]
WEIGHTS = {one.name: one for one in vars(declarations).values() if isinstance(one, Weights)}


def need(name):
    """Skip where the network is not in the box yet."""
    if name not in WEIGHTS:
        pytest.skip(f"{name} is not declared")


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_file_card_and_number_of_parameters(weights):
    assert weights in all_weights() and get(weights.name) is weights and state(weights) == "bundled"
    assert verify(weights).stat().st_size < 15_000_000
    assert sum(p.numel() for p in load(weights, "cpu").parameters()) == weights.num_params
    card = (ROOT / weights.card).read_text(encoding="utf-8")
    for heading in ("What it is", "Data", "Figures", "Limits", "Licence", "Source"):
        assert f"**{heading}.**" in card, heading
    assert weights.sha256 in card and f"{weights.num_params:,}" in card and weights.recipe in card
    assert all(f"{value:g}" in card for value in weights.metrics.values())
    assert (ROOT / f"{weights.recipe.replace('.', '/')}.py").is_file()


def test_digits_are_read():
    need("GLYPH_READER_V1")
    images, labels = make_glyphs(300, 10_000)
    right = models.glyph_reader("cpu").probabilities(images).argmax(1) == labels
    assert right.float().mean() >= 0.98


def test_attributes_are_read():
    need("AVATAR_READER_V1")
    images, avatars = make_avatars(200, 10_000)
    right = right_answers(models.avatar_reader("cpu").probabilities(images), labels_of(avatars))
    assert sum(right.values()) / len(right) >= 0.97 and min(right.values()) >= 0.85


def test_digits_are_drawn_as_asked_for():
    need("CONDITIONAL_GAN_GLYPHS_V1")
    painter = models.painter(models.CONDITIONAL, "cpu")
    asked = torch.arange(200) % 10
    read = models.glyph_reader("cpu").probabilities(painter.paint(latents(Sampling(n=200), painter.latent), asked))
    assert (read.argmax(1) == asked).float().mean() >= 0.93


def test_the_frequencies_of_attributes_are_as_far_from_the_world_as_the_card_says():
    need("DCGAN_AVATARS_V1")
    told = WEIGHTS["DCGAN_AVATARS_V1"].metrics["largest difference of a frequency (points)"]
    painter = models.painter(models.DCGAN, "cpu")
    images = painter.paint(latents(Sampling(n=256), painter.latent))
    apart, worst = largest_difference(frequencies(models.avatar_reader("cpu"), images))
    assert 100 * apart < told + 8, worst  # more of 256 faces than of 5000


def test_the_vae_describes_held_out_faces():
    need("VAE_AVATARS_V1")
    images, _ = make_avatars(64, 30_000)
    vae = models.vae("cpu")
    reconstruction, kl = (float(values.mean()) for values in bound(vae, images, generator(0)))
    metrics = WEIGHTS["VAE_AVATARS_V1"].metrics
    assert reconstruction == pytest.approx(metrics["reconstruction (nats)"], rel=0.05)
    assert kl == pytest.approx(metrics["KL (nats)"], rel=0.05)
    assert (vae.decode(vae.encode(images).mean) - images).square().mean().sqrt() < 0.1


def test_there_is_no_other_network():
    with pytest.raises(InvalidInput, match="network must be one of"):
        models.painter("MONA_LISA")
    assert set(models.PAINTERS) < set(declarations.BUILDS)
