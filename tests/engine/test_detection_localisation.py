"""Classification with localisation: target vector, loss against torch's own, "don't care", and that it learns."""

import pickle
from dataclasses import fields

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F

from engine.detection.localisation import (
    Localisation,
    Snapshot,
    activate,
    decode,
    encode,
    examples,
    loss,
    loss_terms,
    measure,
    mirror,
    output_names,
    to_safetensors,
    train,
)
from engine.detection.single_object import (
    N_HELD_OUT,
    Adam,
    ConvNet,
    Drawing,
    World,
    augment,
    draw_scenes,
    learning_rate_at,
    optimise,
)
from engine.errors import InvalidInput, ShapeError
from engine.runtime.seeds import generator
from engine.settings import limits_of

C = 3
SHORT = Localisation(training_steps=40, n_scenes=50, batch_size=8)


def numbers(n=6, seed=0):
    """Return z and y of n pictures, the odd ones without an object."""
    random = generator(seed)
    z = 3 * torch.randn(n, 5 + C, generator=random, dtype=torch.float64)
    y = torch.zeros(n, 5 + C, dtype=torch.float64)
    y[::2, 0] = 1
    y[::2, 1:5] = torch.rand(len(y[::2]), 4, generator=random, dtype=torch.float64)
    y[::2, 5 + 1] = 1
    return z, y


@pytest.fixture(scope="module")
def run():
    return list(train(SHORT))


def test_the_target_is_the_course_s_vector():
    """A box from (10, 20) to (30, 80) on 100 high and 200 wide: midpoint (20, 50), 60 high, 20 wide."""
    y = encode(torch.tensor([10.0, 20, 30, 80]), 2, C, height=100, width=200)
    assert torch.equal(y, torch.tensor([1, 0.1, 0.5, 0.6, 0.1, 0, 1, 0]))
    assert encode(None, 0, C, 100, 200).tolist() == [0] * (5 + C)
    assert output_names(C) == ("p_c", "b_x", "b_y", "b_h", "b_w", "c ball", "c mug", "c car")


def test_encoding_and_decoding_give_the_box_back():
    boxes = torch.tensor([[3.0, 7, 40, 61], [0, 0, 64, 48]])
    y = torch.stack([encode(box, 1, C, 48, 64) for box in boxes])
    torch.testing.assert_close(decode(y, 48, 64), boxes)


def test_each_term_is_torch_s_own():
    z, y = numbers()
    there = y[:, 0]
    logistic = F.binary_cross_entropy_with_logits(z[:, 0], there, reduction="none")
    box = there * F.mse_loss(z[:, 1:5].sigmoid(), y[:, 1:5], reduction="none").sum(1)
    entropy = there * F.cross_entropy(z[:, 5:], y[:, 5:].argmax(1), reduction="none")
    torch.testing.assert_close(loss_terms(z, y), torch.stack([logistic, box, entropy], 1), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(loss(z, y, 7.0), (logistic + 7 * box + entropy).mean(), rtol=1e-12, atol=1e-12)


def test_the_loss_is_the_equation_of_the_answer():
    z, y = numbers()
    p, b, c = activate(z).split([1, 4, C], 1)
    expected = -p[0].log() + 5 * ((b[0] - y[0, 1:5]) ** 2).sum() - c[0, 1].log()
    torch.testing.assert_close(loss(z[:1], y[:1], 5.0), expected[0])
    torch.testing.assert_close(c.sum(1), torch.ones(len(c), dtype=c.dtype))


def test_without_an_object_only_p_c_has_a_gradient():
    z, y = numbers()
    z.requires_grad_()
    loss(z, y, 10.0).backward()
    assert torch.equal(z.grad[1::2, 1:], torch.zeros(3, 4 + C, dtype=z.dtype))
    assert (z.grad[1::2, 0] > 0).all() and (z.grad[::2] != 0).all()


def test_what_is_not_cared_about_changes_nothing():
    z, y = numbers()
    other = y.clone()
    other[1::2, 1:] = 0.7
    assert torch.equal(loss_terms(z, y), loss_terms(z, other))


def test_the_gradient_is_right():
    z, y = numbers()
    assert torch.autograd.gradcheck(lambda z: loss(z, y, 10.0), z.requires_grad_())


def test_a_certain_answer_does_not_overflow():
    z = torch.tensor([[-300.0] + [0.0] * 4 + [300.0, 0, 0], [300.0] + [0.0] * 7])
    y = torch.tensor([[1, 0.5, 0.5, 0.5, 0.5, 0, 1, 0], [0.0] * 8])
    assert loss_terms(z, y).tolist() == [[300, 0, 300], [300, 0, 0]]


def test_a_mirrored_picture_has_its_midpoint_on_the_other_side():
    y = torch.stack([encode(torch.tensor([8.0, 8, 24, 40]), 1, C, 64, 64)] * 2 + [encode(None, 0, C, 64, 64)])
    moved = mirror(y, torch.tensor([True, False, True]))
    assert decode(moved, 64, 64)[0].tolist() == [40, 8, 56, 40]
    assert torch.equal(moved[1:], y[1:])


def test_measures_by_hand():
    """IoU of two 2 x 2 boxes, one moved by 1: 2 / 6. A picture without an object counts for p_c alone."""
    there = torch.stack([encode(torch.tensor([0.0, 0, 2, 2]), 1, C, 4, 4)] * 3 + [encode(None, 0, C, 4, 4)])
    said = there.clone()
    said[1] = encode(torch.tensor([1.0, 0, 3, 2]), 2, C, 4, 4)
    said[1, 0], said[3] = 0.2, 0.3
    found = measure(said, there)
    assert found.mean_iou == pytest.approx((1 + 1 / 3 + 1) / 3, abs=1e-6)
    assert (found.class_accuracy, found.object_accuracy) == (pytest.approx(2 / 3), 0.75)


def test_a_few_pictures_are_learnt_by_heart():
    images, y = examples(C, 64)
    settings = Localisation(training_steps=60, batch_size=8, learning_rate=5e-3)
    net = ConvNet(5 + C, generator(0))
    terms_of = lambda chosen, _: loss_terms(net(images[chosen]), y[chosen]).mean(0)  # noqa: E731
    *_, (_, last) = optimise(net, settings, len(images), terms_of, torch.tensor([1.0, 10.0, 1.0]))
    assert last[0] < 0.05 and last[1] < 0.005 and last[2] < 0.05


def test_a_run_tells_its_progress_and_then_its_training(run):
    drawing = [one for one in run if isinstance(one, Drawing)]
    snapshots = run[len(drawing) :]
    assert [one.drawn for one in drawing] == sorted({one.drawn for one in drawing}) and drawing[0].drawn == 0
    assert all(one.step < 0 and one.n_scenes == 50 + N_HELD_OUT for one in drawing)
    assert [s.step for s in snapshots] == [0, 16, 32, 40] and {s.total_steps for s in snapshots} == {40}
    last = snapshots[-1]
    assert last.examples.shape == (8, 5 + C) and last.example_terms.shape == (8, 3) and last.terms.shape == (3,)
    assert [s.parameters is None for s in snapshots] == [True] * 3 + [False]
    weights = snapshots[0].terms.new_tensor([1, 10, 1])
    assert last.terms @ weights < 0.7 * snapshots[0].terms @ weights


def test_the_file_gives_the_network_back(run):
    last = run[-1]
    net = ConvNet(5 + C, generator(9))
    net.load_state_dict(safetensors.torch.load(to_safetensors(last.parameters, SHORT)))
    images, y = examples(C, 64)
    with torch.no_grad():
        z = net.eval()(images)
    torch.testing.assert_close(activate(z), last.examples, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(loss_terms(z, y), last.example_terms, atol=1e-4, rtol=1e-4)


def test_the_same_seed_gives_the_same_run_whatever_the_global_state(run):
    torch.manual_seed(5)
    for one, other in zip(train(SHORT), run, strict=False):
        if isinstance(one, Snapshot):
            assert torch.equal(one.terms, other.terms) and torch.equal(one.examples, other.examples)
            if one.step == 16:
                break
    start = generator(1)
    assert not torch.equal(ConvNet(8, start)[0].weight, ConvNet(8, generator(0))[0].weight)


def test_settings_and_snapshots_are_picklable(run):
    assert pickle.loads(pickle.dumps(SHORT)) == SHORT
    for one in (run[0], run[-1]):
        again = pickle.loads(pickle.dumps(one))
        assert {f.name for f in fields(again)} == {f.name for f in fields(one)} and again.step == one.step


def test_training_and_held_out_scenes_differ_and_one_in_four_is_empty():
    def drain(generator_):
        while True:
            try:
                next(generator_)
            except StopIteration as end:
                return end.value

    training, held_out = drain(draw_scenes(SHORT, World((1, 2), may_be_empty=True)))
    _, again = drain(draw_scenes(Localisation(n_scenes=50, seed=3), World((1, 2), may_be_empty=True)))
    assert [len(scene.boxes) for scene in training[:8]] == [1, 1, 1, 0] * 2
    assert {int(label) for scene in training + held_out for label in scene.labels} == {1, 2}
    assert all(torch.equal(a.image, b.image) for a, b in zip(held_out, again, strict=True))
    assert not any(torch.equal(a.image, b.image) for a, b in zip(training, held_out, strict=False))


def test_adam_is_torch_s():
    start = torch.randn(5, generator=generator(0), dtype=torch.float64)
    own, peer = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    adam, reference = Adam([own]), torch.optim.Adam([peer], lr=0.1)
    for k in range(5):
        peer.grad = torch.randn(5, generator=generator(k + 1), dtype=torch.float64)
        adam.step([peer.grad], 0.1)
        reference.step()
    torch.testing.assert_close(own, peer, rtol=1e-12, atol=1e-12)


def test_the_learning_rate_rises_and_falls():
    rates = [learning_rate_at(step, Localisation(training_steps=100, learning_rate=0.01)) for step in (1, 20, 51, 100)]
    assert rates == pytest.approx([0.0005, 0.0081, 0.005, 0.0001])


def test_augmentation_mirrors_and_exchanges_colours_only():
    images = torch.rand(32, 3, 4, 4, generator=generator(0))
    changed, mirrored = augment(images, generator(1))
    assert 0 < mirrored.sum() < 32
    back = torch.where(mirrored[:, None, None, None], changed.flip(-1), changed)
    assert torch.equal(back.sort(1).values, images.sort(1).values)
    assert torch.equal(mirrored, augment(images, generator(1))[1])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: encode(torch.zeros(1, 4), 1, C, 8, 8), ShapeError),
        (lambda: encode(torch.zeros(4), C + 1, C, 8, 8), InvalidInput),
        (lambda: decode(torch.zeros(2, 5), 8, 8), ShapeError),
        (lambda: activate(torch.zeros(8)), ShapeError),
        (lambda: loss_terms(torch.zeros(2, 8), torch.zeros(3, 8)), ShapeError),
        (lambda: ConvNet(8, generator(0))(torch.zeros(1, 3, 32, 32)), ShapeError),
        (lambda: Localisation(classes=9), InvalidInput),
        (lambda: Localisation(box_weight=-1.0), InvalidInput),
        (lambda: Localisation(batch_size=0), InvalidInput),
    ],
)
def test_what_does_not_fit_is_refused(call, error):
    with pytest.raises(error, match="must be"):
        call()


def test_the_settings_have_the_limits_of_the_controls():
    assert set(limits_of(Localisation)) == {
        "learning_rate", "batch_size", "training_steps", "n_scenes", "seed", "box_weight", "classes"
    }  # fmt: skip
