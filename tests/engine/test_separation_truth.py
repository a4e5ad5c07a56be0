"""Which true stems a found stem answers, and mixtures of known stems at levels of one's own."""

import math

import pytest
import torch

from engine.errors import InvalidInput
from engine.source_separation.separator import SAMPLE_RATE_HZ, STEMS
from engine.source_separation.stem_mixing import MOST_S, MUTE_DB, mix_stems, prepared
from engine.source_separation.truth import answers, kind_of, told, true_stems

FILES = ("Horns", "drum kit", "kick", "lead voc")
KINDS = ("other", "drums", "drums", "vocals")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Drums", "drums"),
        ("07_kick-in", "drums"),
        ("hi-hat", "drums"),
        ("percussion L", "drums"),
        ("bassguitar", "bass"),
        ("Sub 808", "bass"),
        ("Lead_Vox", "vocals"),
        ("backing vocals", "vocals"),
        ("speech", "vocals"),
        ("singing", "vocals"),
        ("clav", "other"),
        ("what", "other"),
        ("", "other"),
    ],
)
def test_a_name_tells_a_kind(name, kind):
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("found", "names", "kinds", "places"),
    [
        (STEMS, STEMS, STEMS, [(0,), (1,), (2,), (3,)]),
        (("percussive", "harmonic"), STEMS, STEMS, [(0,), (1, 2, 3)]),
        (("speech", "noise"), STEMS, STEMS, [(3,), (0, 1, 2)]),
        (STEMS, FILES, KINDS, [(1, 2), (), (0,), (3,)]),
        (("percussive", "harmonic"), FILES, KINDS, [(1, 2), (0, 3)]),
        (FILES, FILES, KINDS, [(0,), (1,), (2,), (3,)]),
    ],
)
def test_who_answers_whom(found, names, kinds, places):
    assert answers(found, names, kinds) == places


def test_a_method_with_two_stems_shares_out_every_true_one():
    for pair in (("percussive", "harmonic"), ("speech", "noise")):
        both = [place for places in answers(pair, FILES, KINDS) for place in places]
        assert sorted(both) == list(range(len(FILES)))


def test_the_truth_of_several_is_their_sum():
    truths = torch.randn(4, 2, 10)
    found = true_stems(truths, [(1, 2), ()])
    torch.testing.assert_close(found[0], truths[1] + truths[2])
    assert not found[1].any()
    assert told((1, 2), FILES) == "drum kit + kick" and told((), FILES) == "nothing"


def tone(level, n=1000):
    return torch.full((2, n), level)


def test_levels_are_in_decibels_and_stems_add_up():
    mixed = mix_stems([tone(0.1), tone(0.2, 800), tone(0.3)], [20 * math.log10(2), 0.0, MUTE_DB])
    torch.testing.assert_close(mixed.stems[:, 0, 0], torch.tensor([0.2, 0.2, 0.0]))
    assert mixed.stems.shape == (3, 2, 800) and mixed.turned_down_db == 0
    torch.testing.assert_close(mixed.mixture, mixed.stems.sum(0))


def test_what_is_too_loud_is_turned_down_as_a_whole():
    mixed = mix_stems([tone(0.8), tone(0.8)], [0.0, 0.0])
    assert mixed.mixture.abs().max().item() == pytest.approx(1)
    assert mixed.turned_down_db == pytest.approx(20 * math.log10(1 / 1.6), abs=1e-5)
    torch.testing.assert_close(mixed.stems[0], mixed.stems[1])


def test_stems_that_cannot_be_mixed_are_refused():
    for count in (1, 6):
        with pytest.raises(InvalidInput, match=f"2 to 5 sounds; got {count}"):
            mix_stems([tone(0.1)] * count, [0.0] * count)
    with pytest.raises(InvalidInput, match="louder than silence"):
        mix_stems([tone(0.1), tone(0.2)], [MUTE_DB, MUTE_DB])


def test_a_stem_is_brought_to_stereo_at_44_1_khz():
    found = prepared(torch.ones(6, 9600), 96_000)
    assert found.shape == (2, 4410) and torch.equal(found[0], found[1])
    assert prepared(torch.zeros(1, round((MOST_S + 1) * SAMPLE_RATE_HZ)), SAMPLE_RATE_HZ).shape[1] == round(
        MOST_S * SAMPLE_RATE_HZ
    )
