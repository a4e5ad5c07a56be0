"""Train here: snapshots, samples, stopping and going on, time, bad settings, the model file."""

import pickle

import pytest
import torch
from safetensors.torch import load as read_safetensors

from engine.errors import InvalidInput, ShapeError
from engine.generative import training
from engine.generative.dcgan import Generator
from engine.generative.training import Checkpoint, Learned, OwnTraining, model_file, steps_a_snapshot, train
from engine.generative.training_pictures import Preparing
from engine.generative.vae import Vae
from engine.runtime.seeds import generator

SMALL = {"width": 8, "batch_size": 8, "latent": 4, "steps": 20, "sample_every": 10, "n_pictures": 100}


def own(n=30, side=40):
    return torch.randint(256, (n, 3, side, side), dtype=torch.uint8, generator=generator(0))


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    monkeypatch.setattr("engine.generative.precision.has_bfloat16", lambda device: False)


@pytest.mark.parametrize(
    ("network", "source", "terms", "channels"),
    [
        ("dcgan", "own", {"loss_d", "loss_g", "right_real", "right_fake"}, 3),
        ("dcgan", "avatars", {"loss_d", "loss_g", "right_real", "right_fake"}, 3),
        ("conditional", "glyphs", {"loss_d", "loss_g", "right_real", "right_fake"}, 1),
        ("vae", "glyphs", {"reconstruction", "KL"}, 1),
    ],
)
def test_a_training(network, source, terms, channels):
    settings = OwnTraining(network=network, source=source, **SMALL)
    found = list(train(settings, own() if source == "own" else None))
    preparing = [one for one in found if isinstance(one, Preparing)]
    learned = [one for one in found if isinstance(one, Learned)]
    assert preparing[-1].step == 0 and preparing[-1].drawn == preparing[-1].n_pictures
    assert [one.step for one in preparing] == sorted(one.step for one in preparing)
    assert learned[0].step == 0 and learned[0].terms == {} and learned[-1].step == 20 == learned[-1].total_steps
    assert [one.is_over for one in learned] == [False] * (len(learned) - 1) + [True]
    sampled = {one.step: one.samples for one in learned if one.samples is not None}
    assert list(sampled) == [0, 10, 20]
    assert all(one.shape == (16, channels, 32, 32) and one.dtype == torch.uint8 for one in sampled.values())
    assert not torch.equal(sampled[0], sampled[20])
    assert all(set(one.terms) == terms for one in learned[1:])
    assert all(0 <= one.terms.get("right_real", 0) <= 1 for one in learned)
    again = pickle.loads(pickle.dumps(learned[-1]))
    assert again.terms == learned[-1].terms and torch.equal(again.samples, learned[-1].samples)


@pytest.mark.parametrize("network", ["dcgan", "vae"])
def test_stopped_and_gone_on_with_is_as_if_it_had_not_been(network, monkeypatch):
    monkeypatch.setattr(training, "steps_a_snapshot", lambda settings: 3)
    settings = OwnTraining(network=network, source="own", noise=0.2, **SMALL)
    *_, through = train(settings, own())
    run = train(settings, own())
    stopped = next(one for one in run if one.step == 12)
    run.close()
    assert stopped.checkpoint.step == 10
    rest = list(train(settings, own(), pickle.loads(pickle.dumps(stopped.checkpoint))))
    learned = [one for one in rest if isinstance(one, Learned)]
    assert learned[0].step == 10 and torch.equal(learned[-1].samples, through.samples)
    for name, value in through.checkpoint.state.items():
        assert torch.equal(value, learned[-1].checkpoint.state[name]), name


def test_one_checkpoint_for_all_snapshots():
    learned = [one for one in train(OwnTraining(source="own", **SMALL), own()) if isinstance(one, Learned)]
    assert len({id(one.checkpoint) for one in learned}) == 1
    finished = list(train(OwnTraining(source="own", **SMALL), own(), learned[-1].checkpoint))
    assert finished[-1].step == 20 and finished[-1].is_over and len(finished) == 2


def test_time_is_bounded(monkeypatch):
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr(training.time, "monotonic", lambda: next(clock))
    *_, last = train(OwnTraining(source="own", minutes=2, **SMALL), own())
    assert last.is_over and last.step == 4 and last.samples is not None and last.checkpoint.step == 4


def test_the_settings_of_a_slow_network_take_fewer_steps_at_once():
    assert steps_a_snapshot(OwnTraining(side="64", width=32, batch_size=32)) == 1
    assert steps_a_snapshot(OwnTraining(width=8, batch_size=8)) == 10


@pytest.mark.parametrize("network", ["dcgan", "vae"])
def test_the_model_file_paints_the_samples(network):
    settings = OwnTraining(network=network, source="own", **SMALL)
    *_, last = train(settings, own())
    tensors = read_safetensors(model_file(last.checkpoint, settings))
    model = Vae(4, 8, 3, 32) if network == "vae" else Generator(4, 8, 3, 32)
    model.load_state_dict(tensors)
    learner = training.Learner(settings, 3)
    with torch.no_grad():
        painted = model.eval().decode(learner.z) if network == "vae" else (model.eval()(learner.z) + 1) / 2
    assert (painted * 255 - last.samples.float()).abs().max() < 1.5
    with pytest.raises(InvalidInput, match="no model yet"):
        model_file(Checkpoint(), settings)


def test_what_cannot_be_learned():
    with pytest.raises(InvalidInput, match="must be digits"):
        OwnTraining(network="conditional", source="avatars")
    with pytest.raises(InvalidInput, match="are missing"):
        next(train(OwnTraining(source="own")))
    for pictures, error in ((own(29), InvalidInput), (own().float(), ShapeError), (own()[:, :1], ShapeError)):
        with pytest.raises(error):
            next(train(OwnTraining(source="own"), pictures))
    with pytest.raises(InvalidInput, match="width"):
        OwnTraining(width=1000)


def test_the_same_seed_gives_the_same_training():
    first, again, other = (list(train(OwnTraining(source="own", **SMALL, seed=seed), own()))[-1] for seed in (0, 0, 1))
    assert torch.equal(first.samples, again.samples) and not torch.equal(first.samples, other.samples)
