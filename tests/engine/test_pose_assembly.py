"""From maps and fields to people: peaks, the greedy matching, and everyone put together out of the truth."""

import numpy as np
import pytest
import torch
from scipy.ndimage import maximum_filter
from scipy.optimize import linear_sum_assignment

from engine.datasets.figures import make_figure
from engine.errors import InvalidInput
from engine.pose.affinity_fields import along_limb, limb_fields, part_maps
from engine.pose.assembly import MOST_CANDIDATES, Assembly, Pairs, assemble, find_peaks, join, match, score_pairs
from engine.pose.backbone import STRIDE_PX
from engine.pose.heatmaps import gaussians
from engine.pose.parts import LIMBS, with_neck

CELLS = 48  # of pictures of 192 px
CHAIN = ((0, 1), (1, 2), (2, 3))


@pytest.fixture(scope="module")
def crowds():
    """Pictures of 3 or 4 people, all of whose joints lie in the picture."""
    return [with_neck(make_figure(i, 3, 192, (2, 4)).keypoints) for i in (1, 5, 6, 9)]


def put_together(parts, settings=None):
    maps, fields = part_maps(parts, CELLS, CELLS), limb_fields(parts, LIMBS, CELLS, CELLS)
    return assemble(maps, fields, LIMBS, settings or Assembly())


def off(parts, person, places):
    """Return (N,) px, how far a found person's worst part is from each true person's."""
    own = list(person.candidates)
    found = places[[person.candidates[part] for part in own]]
    return (found - parts[:, own, :2]).norm(dim=2).amax(1)


def test_peaks_are_the_maxima_of_scipy():
    maps = torch.rand(5, 20, 16, generator=torch.Generator().manual_seed(0))
    found = find_peaks(maps, 0.8)
    expected = []
    for part, own in enumerate(maps.numpy()):
        cells = np.argwhere((maximum_filter(own, 3) == own) & (own > 0.8)).tolist()
        expected += [(part, *cell) for cell in sorted(cells, key=lambda cell: -own[cell[0], cell[1]])]
    cells = torch.tensor(expected)
    assert found.part.tolist() == cells[:, 0].tolist() and len(cells) > 80
    assert torch.equal(found.heights, maps[tuple(cells.T)])
    assert ((found.places - 4 * cells[:, [2, 1]] - 2).abs() <= 2).all()  # at most half a cell from its middle


def test_peaks_of_bumps_are_where_they_are():
    joints = torch.tensor([[[30.0, 41.3], [5.0, 90.7], [77.7, 6.1]]])
    found = find_peaks(gaussians(joints, 24, 24)[0], 0.5)
    torch.testing.assert_close(found.places, joints[0], atol=0.25, rtol=0)
    assert found.part.tolist() == [0, 1, 2]


def test_a_peak_on_the_border_keeps_the_middle_of_its_cell():
    joints = torch.tensor([[[3.0, 41.3], [50.0, 95.0], [94.5, 0.5]]])
    found = find_peaks(gaussians(joints, 24, 24)[0], 0.5)
    expected = torch.tensor([[2.0, 41.3], [50.0, 94.0], [94.0, 2.0]])
    torch.testing.assert_close(found.places, expected, atol=0.25, rtol=0)


def test_a_bump_between_cells_is_one_peak():
    """Two or four cells are then equally high, to the last bit."""
    joints = torch.tensor([[[40.0, 41.3], [50.2, 60.0], [20.0, 80.0]]])
    maps = gaussians(joints, 24, 24)[0]
    assert (maps[2] == maps[2].max()).sum() == 4
    found = find_peaks(maps, 0.5)
    assert found.part.tolist() == [0, 1, 2]
    torch.testing.assert_close(found.places, joints[0], atol=0.25, rtol=0)


def test_only_the_highest_candidates_of_a_part_stay():
    maps = torch.zeros(2, 40, 40)
    maps[0, ::4, ::4] = torch.arange(100.0).view(10, 10) / 200 + 0.3
    maps[1, 7, 9] = 0.4
    found = find_peaks(maps, 0.2)
    assert (found.part == 0).sum() == MOST_CANDIDATES and (found.part == 1).sum() == 1
    assert found.heights[found.part == 0].min().item() == pytest.approx(0.3 + 60 / 200)
    assert len(find_peaks(maps, 0.9).part) == 0 and find_peaks(maps, 0.9).places.shape == (0, 2)


def greedy(scores):
    chosen, rows, columns = [], set(range(scores.shape[0])), set(range(scores.shape[1]))
    while rows and columns:
        best = max(((r, c) for r in rows for c in columns), key=lambda place: scores[place])
        if scores[best] < 0:
            break
        chosen.append(best)
        rows.remove(best[0])
        columns.remove(best[1])
    return chosen


def test_matching_takes_the_best_again_and_again():
    chance = torch.Generator().manual_seed(1)
    for rows, columns in ((3, 3), (4, 7), (6, 2), (1, 5), (0, 3), (3, 0), (8, 8)):
        scores = torch.rand(rows, columns, generator=chance) * 1.5 - 0.5
        assert match(scores) == greedy(scores.numpy())
    assert match(torch.full((3, 3), -1.0)) == []


def test_greedy_can_miss_the_optimum():
    scores = torch.tensor([[0.9, 0.8], [0.8, 0.1]])
    assert match(scores) == [(0, 0), (1, 1)]
    best = linear_sum_assignment(scores.numpy(), maximize=True)
    assert scores[best].sum() > sum(scores[pair] for pair in match(scores))


def test_a_pair_is_scored_by_the_field_along_its_line():
    parts = torch.tensor([[[20.0, 18, 2], [20, 62, 2]], [[80.0, 18, 2], [82, 70, 2]]])
    fields = limb_fields(parts, ((0, 1),), 24, 28)
    found = find_peaks(part_maps(parts, 24, 28), 0.5)
    (pairs,) = score_pairs(fields, found, ((0, 1),), Assembly())
    samples = along_limb(fields, found.places[pairs.start], found.places[pairs.end])
    assert torch.equal(pairs.samples, samples) and pairs.samples.shape == (2, 2, 10)
    share = (samples > 0.05).float().mean(2)
    assert torch.equal(pairs.scores, torch.where(share >= 0.7, samples.mean(2), torch.tensor(-1.0)))
    joined = {(found.places[s, 0].round().item(), found.places[e, 0].round().item()) for s, e in pairs.chosen}
    assert joined == {(20, 20), (80, 82)} and (pairs.scores == -1).sum() == 2
    assert len(score_pairs(fields, found, ((0, 1),), Assembly(share=1.0, sample=0.9))[0].chosen) <= 2


def limb(number, chosen, score=1.0):
    """Return the pairs of one limb as they are after the matching."""
    start, end = (torch.tensor(sorted({pair[side] for pair in chosen}), dtype=torch.int64) for side in (0, 1))
    shape = (len(start), len(end))
    return Pairs(number, start, end, torch.zeros(*shape, 10), torch.full(shape, score), tuple(chosen))


def test_limbs_that_share_a_candidate_are_one_person():
    people = join([limb(0, [(0, 2), (1, 3)], 0.5), limb(1, [(2, 4)], 0.25), limb(2, [(4, 6)], 0.125)], CHAIN)
    assert [person.candidates for person in people] == [{0: 1, 1: 3}, {0: 0, 1: 2, 2: 4, 3: 6}]
    assert [person.limb_score for person in people] == [0.5, 0.875]
    assert join([], CHAIN) == []


def test_a_limb_between_two_halves_joins_them():
    limbs = ((0, 1), (2, 3), (1, 2))
    (person,) = join([limb(0, [(0, 1)]), limb(1, [(2, 3)]), limb(2, [(1, 2)])], limbs)
    assert person.candidates == {0: 0, 1: 1, 2: 2, 3: 3} and person.limb_score == 3


def test_nobody_gets_a_second_elbow():
    """The third limb would join two people of whom each has a part 0 already."""
    limbs = ((0, 1), (0, 2), (1, 2))
    people = join([limb(0, [(0, 2)]), limb(1, [(1, 4)]), limb(2, [(2, 4)])], limbs)
    assert [person.candidates for person in people] == [{0: 0, 1: 2}, {0: 1, 2: 4}]
    assert [person.limb_score for person in people] == [1, 1]


def test_everyone_comes_back_and_nobody_is_mixed(crowds):
    for parts in crowds:
        assert (parts[..., 2] > 0).all() and len(parts) >= 3
        found, _, people = put_together(parts)
        wrong = torch.stack([off(parts, person, found.places) for person in people])  # (found, true)
        assert sorted(wrong.argmin(1).tolist()) == list(range(len(parts)))
        assert wrong.amin(1).max() < 0.25


def nearest(found, part, place):
    """Return the candidate of a part next to a place."""
    own = (found.part == part).nonzero()[:, 0]
    return int(own[(found.places[own] - place).norm(dim=1).argmin()])


def test_every_limb_longer_than_half_a_cell_is_found_and_no_other(crowds):
    """With the share of samples that is the default; the few that are lost are eyes and ears of a turned head."""
    n_limbs = n_lost = 0
    for parts in crowds:
        found, pairs, _ = put_together(parts)
        for own, (a, b) in zip(pairs, LIMBS, strict=True):
            ends = parts[:, a, :2], parts[:, b, :2]
            true = [(nearest(found, a, start), nearest(found, b, end)) for start, end in zip(*ends, strict=True)]
            assert len(set(true)) == len(parts) and set(own.chosen) <= set(true)
            is_lost = torch.tensor([pair not in own.chosen for pair in true])
            assert ((ends[0] - ends[1]).norm(dim=1)[is_lost] < STRIDE_PX / 2).all()
            n_limbs, n_lost = n_limbs + len(true), n_lost + int(is_lost.sum())
    assert n_limbs == 17 * 15 and n_lost <= 7


def test_the_limbs_that_are_found_hardly_depend_on_the_share(crowds):
    for parts in crowds:
        half, usual = (put_together(parts, Assembly(sample=0.05, share=share))[1] for share in (0.5, 0.7))
        assert [set(own.chosen) for own in half] == [set(own.chosen) for own in usual]


def test_someone_with_few_parts_is_left_out(crowds):
    parts = crowds[2].clone()
    parts[0, 1:, 2] = 0  # a nose alone
    parts[1, [i for i in range(18) if i not in (5, 7, 9, 17)], 2] = 0  # an arm with neck: 4 parts
    sizes = [sorted(len(person.candidates) for person in put_together(parts, Assembly(parts=n))[2]) for n in (4, 5)]
    assert sizes[0][0] == 4 and len(sizes[0]) == 2 and len(sizes[1]) == 1


def test_empty_maps_have_nobody():
    found, pairs, people = put_together(torch.zeros(0, 18, 3))
    assert len(found.part) == 0 and people == [] and len(pairs) == 17


@pytest.mark.parametrize("bad", [{"peak": 0.0}, {"sample": 1.0}, {"share": 0.0}, {"parts": 0}, {"parts": 2.5}])
def test_settings_out_of_range_are_refused(bad):
    with pytest.raises(InvalidInput):
        Assembly(**bad)
