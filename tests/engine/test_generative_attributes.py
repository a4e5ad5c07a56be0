"""Attribute sliders: found where they are known to be, set apart, and their effect measured; and what reads them."""

import pytest
import torch

from engine.datasets.avatars import ATTRIBUTES, FREQUENCIES, labels_of, make_avatars
from engine.errors import InvalidInput, ShapeError
from engine.generative import attributes
from engine.generative.attributes import (
    SLIDERS,
    Effect,
    Probing,
    Slider,
    effect,
    find_directions,
    probe,
    read,
    set_apart,
)
from engine.generative.readers import AvatarReader, GlyphReader, avatar_loss, features_of, right_answers
from engine.runtime.seeds import generator

LATENT = 24


class Known:
    """What "paints" z itself, and a reader that sees known directions in it."""

    latent = LATENT

    def __init__(self, skew=0.0):
        chance = generator(7)
        basis = torch.linalg.qr(torch.randn(LATENT, LATENT, generator=chance))[0]
        self.true = {name: basis[i] for i, name in enumerate(ATTRIBUTES)}
        self.true["age"] = torch.nn.functional.normalize(self.true["age"] + skew * self.true["glasses"], dim=0)

    def paint(self, z, labels=None):
        return z

    def probabilities(self, z):
        answers = {}
        for name, values in FREQUENCIES.items():
            first = torch.sigmoid(-3 * z @ self.true[name])
            rest = (1 - first)[:, None] / (len(values) - 1)
            answers[name] = torch.cat([first[:, None], rest.expand(-1, len(values) - 1)], 1)
        return answers


@pytest.mark.parametrize("kind", attributes.PROBES)
def test_directions_are_found_where_they_are(kind):
    world = Known()
    found = find_directions(world, world, Probing(probe=kind, apart=False, n=3000))
    assert torch.allclose(found.vectors.norm(dim=1), torch.ones(len(SLIDERS)), atol=1e-5)
    for name, least in (("glasses: any", 0.97), ("smiling: yes", 0.97), ("age: old", 0.97), ("hair: spiky", 0.9)):
        assert float(found.of(name) @ world.true[name.split(":")[0]]) > least
    assert found.fit.min() > 0.8
    with pytest.raises(InvalidInput, match="slider must be one of"):
        found.of("nose: long")


def test_logistic_regression_is_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    z = torch.randn(400, 5, generator=generator(0))
    y = (z @ torch.tensor([1.0, -2, 0, 0.5, 0]) + torch.randn(400, generator=generator(1)) > 0.3).float()
    peer = LogisticRegression(C=1 / (attributes.RIDGE * 400), tol=1e-8).fit(z.numpy(), y.numpy())
    weights, fit = probe(z, y[:, None], "logistic")
    assert torch.allclose(weights[0].double(), torch.from_numpy(peer.coef_[0]).double(), atol=1e-3)
    said = torch.from_numpy(peer.predict_proba(z.numpy())[:, 1])
    assert float(fit) == pytest.approx(float(torch.corrcoef(torch.stack([said, y.double()]))[0, 1]), abs=1e-3)


def test_linear_regression_is_the_closed_form():
    z = torch.randn(300, 4, generator=generator(0))
    y = 0.5 + z @ torch.tensor([[0.1], [0.0], [-0.05], [0.02]])
    weights, fit = probe(z, y, "linear")
    assert torch.allclose(weights[0], torch.tensor([0.1, 0.0, -0.05, 0.02]), atol=2e-4) and float(fit) > 0.999


def test_set_apart_takes_out_what_is_shared():
    world = Known(skew=0.8)
    plain = find_directions(world, world, Probing(apart=False))
    apart = find_directions(world, world, Probing(apart=True))
    assert float(plain.of("age: old") @ world.true["glasses"]) > 0.4
    assert abs(float(apart.of("age: old") @ plain.of("glasses: any"))) < 1e-3
    sliders = (Slider("a", "x"), Slider("a", "y"), Slider("b", "x"))
    vectors = torch.tensor([[1.0, 0, 0], [0.6, 0.8, 0], [0.8, 0, 0.6]])
    found = set_apart(vectors, sliders)
    shared = (found @ vectors.T)[[0, 1, 2, 2], [2, 2, 0, 1]]  # with those of the other attribute
    assert torch.allclose(shared, torch.zeros(4), atol=1e-6)
    same = set_apart(torch.tensor([[1.0, 0], [1.0, 0]]), (Slider("a", "x"), Slider("b", "x")))
    assert torch.allclose(same, torch.tensor([[1.0, 0], [1.0, 0]]))  # nothing is its own


def test_softly_apart_gives_up_what_is_shared_and_keeps_the_rest():
    chance = generator(3)
    sliders = tuple(Slider(f"a{k}", "x") for k in range(12))
    common = torch.nn.functional.normalize(torch.randn(14, generator=chance), dim=0)
    vectors = torch.nn.functional.normalize(torch.randn(12, 14, generator=chance) + common, dim=1)

    def shared(found):  # with every other direction, and with its own as it was
        product = found @ vectors.T
        return (product - product.diag().diag()).norm(dim=1), product.diag()

    hard, soft, plain = (shared(set_apart(vectors, sliders, softness)) for softness in (0.0, attributes.SOFTLY, 1e6))
    assert torch.allclose(set_apart(vectors, sliders, 1e6), vectors, atol=1e-4)
    assert torch.allclose(set_apart(vectors, sliders, 1e-9), set_apart(vectors, sliders), atol=1e-3)
    assert (soft[0] < 0.6 * plain[0]).all() and (soft[1] > hard[1] + 0.05).all()
    assert torch.allclose(set_apart(vectors, sliders, 0.3).norm(dim=1), torch.ones(12), atol=1e-5)


def test_softly_apart_is_the_greatest_of_what_it_says():
    sliders, softness = (Slider("a", "x"), Slider("b", "x"), Slider("c", "x")), 0.4
    vectors = torch.nn.functional.normalize(torch.randn(3, 5, generator=generator(5), dtype=torch.float64), dim=1)
    v = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    for _ in range(2000):
        worth = vectors[0] @ v - ((vectors[1:] @ v).square().sum() / softness + v.square().sum()) / 2
        (slope,) = torch.autograd.grad(worth, v)
        v = (v + 0.1 * slope).detach().requires_grad_()
    assert torch.allclose(set_apart(vectors, sliders, softness)[0], torch.nn.functional.normalize(v.detach(), dim=0))


def test_what_is_found_is_set_apart_as_the_settings_say():
    world = Known(skew=0.8)
    share = []
    for settings in ({"apart": False}, {"softness": attributes.SOFTLY}, {}):
        found = find_directions(world, world, Probing(n=1000, **settings))
        share.append(abs(float(found.of("age: old") @ world.true["glasses"])))
    assert share[0] > share[1] + 0.1 > share[2] + 0.1
    with pytest.raises(InvalidInput, match="softness"):
        Probing(softness=-1.0)


def test_the_effect_is_of_the_slider_and_of_no_other():
    world = Known()
    slider = Slider("age", "old")
    done = effect(world, world, slider, world.true["age"])
    assert done.own > 0.9 and done.leak < 0.01 and done.disentanglement > 0.98 and "age" not in done.others
    mixed = effect(world, world, slider, torch.nn.functional.normalize(world.true["age"] + world.true["hat"], dim=0))
    assert mixed.others["hat"] > 0.5 and mixed.disentanglement < done.disentanglement
    backwards = effect(world, world, slider, -world.true["age"])
    assert backwards.own < -0.9 and backwards.disentanglement == 0
    assert Effect(0.0, {"hat": 0.0}).disentanglement == 0
    with pytest.raises(InvalidInput, match="α must be"):
        effect(world, world, slider, world.true["age"], 9.0)


def test_sliders_are_added():
    world = Known()
    found = find_directions(world, world, Probing(n=500))
    z = torch.zeros(2, LATENT)
    moved = found.moved(z, {"age: old": 2.0, "hat: any": -1.0})
    assert torch.allclose(moved[0], 2 * found.of("age: old") - found.of("hat: any"))
    assert not z.any() and torch.equal(found.moved(z, {}), z)


def test_every_attribute_has_a_slider():
    assert {slider.attribute for slider in SLIDERS} == set(FREQUENCIES)
    assert len({slider.name for slider in SLIDERS}) == len(SLIDERS)
    answers = {name: torch.eye(len(values)) for name, values in FREQUENCIES.items()}
    assert Slider("glasses", "any").probability(answers).tolist() == [0, 1, 1]
    assert Slider("glasses", "round").probability(answers).tolist() == [0, 1, 0]


# ---- the classifiers


def test_the_readers_answers():
    reader = AvatarReader().eval()
    images, avatars = make_avatars(3)
    answers = reader.probabilities(images)
    assert tuple(answers) == ATTRIBUTES
    for name, values in FREQUENCIES.items():
        assert answers[name].shape == (3, len(values)) and torch.allclose(answers[name].sum(1), torch.ones(3))
    features = features_of(reader, images)
    assert features.shape == (3, 192) and features.min() >= 0
    assert torch.allclose(features_of(reader, (images * 255).round().byte()), features, atol=1e-5)
    assert read(Known(), reader, images)["hair"].shape == (3, 6) and labels_of(avatars).shape == (3, 13)
    assert features_of(reader, images, "maps").shape == (3, 2048)
    with pytest.raises(InvalidInput, match="layer must be"):
        features_of(reader, images, "logits")
    with pytest.raises(ShapeError):
        reader(images[:, :1])
    assert GlyphReader().eval().probabilities(torch.rand(2, 1, 32, 32)).shape == (2, 10)


def test_a_closed_eye_has_no_colour_and_a_smile_is_graded():
    labels = torch.zeros(4, 13, dtype=torch.int64)
    labels[:2, ATTRIBUTES.index("eyes")] = 1
    logits = torch.randn(4, sum(map(len, FREQUENCIES.values())), generator=generator(0)).requires_grad_()
    smiles = torch.tensor([0.0, 0.3, 0.5, 1.0])
    terms = avatar_loss(logits, labels, smiles)
    (gradient,) = torch.autograd.grad(terms["eye_colour"], logits, retain_graph=True)
    assert not gradient[:2].any() and gradient[2:].any()
    block = AvatarReader.split(logits)["smiling"].log_softmax(1)
    wanted = -((1 - smiles) * block[:, 0] + smiles * block[:, 1]).mean()
    assert torch.allclose(terms["smiling"], wanted)
    all_closed = avatar_loss(logits, torch.cat([labels[:2]] * 2), smiles)
    assert float(all_closed["eye_colour"].detach()) == 0
    answers = {name: torch.eye(len(values))[:1].expand(4, -1) for name, values in FREQUENCIES.items()}
    right = right_answers(answers, labels)
    assert right["hair"] == 1 and right["eyes"] == 0.5 and right["eye_colour"] == 1
