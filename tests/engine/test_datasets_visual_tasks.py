"""The visual tasks world: answers say what the pixels show, and a picture depends on its generator alone."""

import colorsys
from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch

from engine.datasets.chance import Chance
from engine.datasets.style_pictures import KINDS
from engine.datasets.visual_tasks import NO_ANSWER, TASKS, colour_names, draw, draw_styles, load_sources, make_sources
from engine.datasets.visual_tasks.surfaces import pattern, repeats
from engine.datasets.visual_tasks.tasks import DIRECTED, GLYPHS, MAX_THINGS, N_SCALES, PATTERNS, SHAPES
from engine.datasets.visual_tasks.things import glyph, outline, shapes
from engine.errors import InvalidInput
from engine.runtime.seeds import generator


@pytest.fixture(scope="module")
def sources():
    return make_sources(len(KINDS), seed=1, side_px=96)


@pytest.fixture(scope="module")
def drawn(sources):
    return draw(400, 64, generator(2), sources)


def chance(seed):
    return Chance(generator(seed))


def test_shapes_ranges_and_answers(drawn):
    pictures, answers = drawn
    assert pictures.shape == (400, 3, 64, 64) and pictures.dtype == torch.float32
    assert pictures.min() >= 0 and pictures.max() <= 1 and torch.isfinite(pictures).all()
    assert list(answers) == list(TASKS)
    for task, n in TASKS.items():
        given = answers[task]
        assert given.shape == (400,) and given.dtype == torch.int64
        assert given.min() >= NO_ANSWER and given.max() < n
        assert 0.03 < (given >= 0).float().mean() < 0.98


def test_every_answer_is_given_to_someone(sources):
    _, answers = draw(2500, 48, generator(5), sources)
    for task, n in TASKS.items():
        assert set(answers[task].tolist()) == {NO_ANSWER, *range(n)}, task


def test_the_same_generator_draws_the_same_and_another_does_not(sources, drawn):
    again, answers = draw(400, 64, generator(2), sources)
    assert torch.equal(again, drawn[0]) and all(torch.equal(answers[task], drawn[1][task]) for task in TASKS)
    assert not torch.equal(draw(5, 64, generator(3), sources)[0], drawn[0][:5])


def test_the_colour_is_the_one_that_covers_most(drawn):
    """Counted here pixel by pixel, in steps of 1/16, with the standard library's hue."""
    pictures, answers = drawn
    for i in range(0, 400, 20):
        boxes = np.clip((pictures[i].permute(1, 2, 0).numpy() * 16).astype(int), 0, 15).reshape(-1, 3)
        found = np.array([colour_names.NAMES.index(name_by_hand((box + 0.5) / 16)) for box in boxes])
        counts = np.bincount(found, minlength=len(colour_names.NAMES))
        first, second = (answers[task][i].item() for task in ("colour", "second colour"))
        if first != NO_ANSWER:
            assert counts[first] == counts.max() and counts[first] >= 0.3 * len(found)
        if second != NO_ANSWER:
            assert counts[second] == np.sort(counts)[-2]


def name_by_hand(colour):
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    if value < 0.2:
        return "black"
    if saturation < (0.32 if value < 0.4 else 0.17):
        return "white" if value > 0.8 else "grey"
    ends = {"orange": 14.5, "yellow": 42.3, "green": 68.3, "cyan": 158.3, "blue": 200.3, "purple": 258.3, "pink": 299.5}
    name = "red" if hue * 360 > 340.3 else next((name for name in reversed(ends) if hue * 360 > ends[name]), "red")
    if (name == "orange" and value < 0.68) or (name == "red" and value < 0.45):
        return "brown"
    return "pink" if name == "red" and saturation < 0.5 and value > 0.75 else name


@pytest.mark.parametrize("name", range(len(colour_names.NAMES)))
def test_a_colour_of_a_name_has_that_name(name):
    one = chance(name)
    assert all(colour_names.names_of(colour_names.colour_of(one, name)) == name for _ in range(50))


@pytest.mark.parametrize(
    "name, colour", [("red", (0.9, 0.1, 0.1)), ("yellow", (0.95, 0.9, 0.1)), ("green", (0.1, 0.6, 0.2)),
                     ("blue", (0.1, 0.2, 0.9)), ("brown", (0.45, 0.27, 0.1)), ("pink", (0.98, 0.6, 0.8)),
                     ("grey", (0.5, 0.5, 0.5)), ("white", (1, 1, 1)), ("black", (0, 0, 0))]
)  # fmt: skip
def test_names_are_those_that_people_use(name, colour):
    assert colour_names.NAMES[colour_names.names_of(np.array(colour))] == name


@pytest.mark.parametrize("name", SHAPES)
def test_as_many_things_as_the_count_says_and_of_the_outlines_area(name):
    contours = [contour.astype(np.float32) for contour in outline(name)]
    assert max(np.linalg.norm(contour, axis=1).max() for contour in contours) <= 1.05
    for count in range(1, MAX_THINGS + 1):
        cover = shapes(chance(count), 128, name, count)
        assert cv2.connectedComponents((cover > 0.5).astype(np.uint8))[0] - 1 == count


def test_no_two_shapes_have_the_same_roundness_and_area():
    marks = {}
    for name in SHAPES:
        mask = np.zeros((256, 256), np.uint8)
        cv2.fillPoly(mask, [np.round(128 + 120 * contour).astype(np.int32) for contour in outline(name)], 1)
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        around = sum(cv2.arcLength(contour, True) for contour in contours)
        marks[name] = np.array([mask.sum() / 120**2, around**2 / mask.sum() / 10])
    pairs = [(a, b) for a in SHAPES for b in SHAPES if a < b]
    assert min(np.abs(marks[a] - marks[b]).max() for a, b in pairs) > 0.08


@pytest.mark.parametrize("which", range(len(GLYPHS)))
def test_a_glyph_stands_whole_in_the_picture(which):
    cover = glyph(chance(which), 64, which)
    assert 0.01 < cover.mean() < 0.5 and cover.max() > 0.6
    edge = np.concatenate([cover[0], cover[-1], cover[:, 0], cover[:, -1]])
    assert (edge > 0.5).mean() < 0.06


@pytest.mark.parametrize("name", [name for name in DIRECTED if name != "zigzag"])
def test_a_directed_pattern_runs_along_its_angle(name):
    """The structure tensor's main direction is across the stripes."""
    for seed, angle in enumerate((0.1, 0.9, 1.7, 2.6)):
        field = pattern(chance(seed), name, 256, 9.0, angle)
        dy, dx = np.gradient(cv2.GaussianBlur(field.astype(np.float32), (0, 0), 1.5))
        across = 0.5 * np.arctan2(2 * (dx * dy).mean(), (dx * dx - dy * dy).mean())
        off = (across + np.pi / 2 - angle + np.pi / 2) % np.pi - np.pi / 2
        assert abs(off) < 0.12


@pytest.mark.parametrize("name", PATTERNS)
def test_finer_scales_have_more_edges(name):
    rough = []
    for scale in range(N_SCALES):
        one = chance(7)
        field = pattern(one, name, 256, repeats(one, scale), 0.4)
        assert field.shape == (256, 256) and field.min() >= 0 and field.max() <= 1 and field.std() > 0.05
        rough.append(np.abs(np.diff(field, axis=0)).mean() + np.abs(np.diff(field, axis=1)).mean())
    assert all(fine > 1.25 * coarse for coarse, fine in pairwise(rough))


def test_material_rotation_and_blur_are_what_was_done(sources):
    """A source with stripes above and nothing below: in a rotated one the stripes are on the side that is answered."""
    upright = torch.full((1, 3, 96, 96), 120, dtype=torch.uint8)
    upright[:, :, :40, (torch.arange(96) // 4) % 2 == 0] = 240
    kind = torch.tensor([tuple(KINDS).index("woodcut")])
    pictures, answers = draw(600, 64, generator(8), type(sources)(upright, kind, (upright[0],)))
    sharpness = {0: [], 1: [], 2: []}
    for i in torch.nonzero((answers["material"] >= 0) & (answers["rotation"] >= 0))[:, 0].tolist():
        assert answers["material"][i] == kind
        grey = pictures[i].mean(0)
        rough = [side.std().item() for side in (grey[:8], grey[:, :8], grey[-8:], grey[:, -8:])]
        assert (
            int(np.argmax([rough[0] - rough[2], rough[1] - rough[3], rough[2] - rough[0], rough[3] - rough[1]]))
            == (answers["rotation"][i])
        )
        if answers["blur"][i] >= 0:
            sharpness[answers["blur"][i].item()].append(
                (pictures[i].diff(dim=1).abs().amax() / pictures[i].std()).item()
            )
    assert min(len(some) for some in sharpness.values()) > 3
    assert np.mean(sharpness[0]) > 1.3 * np.mean(sharpness[1]) > 1.69 * np.mean(sharpness[2])


def test_sources_are_kept_and_continued(sources, tmp_path):
    sources.save(tmp_path / "sources.safetensors")
    loaded = load_sources(tmp_path / "sources.safetensors")
    assert torch.equal(loaded.styles, sources.styles) and torch.equal(loaded.kinds, sources.kinds)
    for one, other in ((loaded.photographs, sources.photographs), (loaded.grounds, sources.grounds)):
        assert len(one) == len(other) > 0 and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    part, kinds = draw_styles(5, 2, seed=1, side_px=96)
    assert torch.equal(part, sources.styles[5:7]) and kinds.tolist() == [5, 6]


def test_held_out_sources_share_nothing_with_those_to_train_on(sources):
    held = make_sources(2, seed=1, held_out=True, side_px=96)
    assert not any(torch.equal(a, b) for a in held.styles for b in sources.styles)
    assert len(held.photographs) == 2 and not held.grounds
    assert not any(a.shape == b.shape and torch.equal(a, b) for a in held.photographs for b in sources.photographs)
    draw(20, 64, generator(0), held)


def test_another_file_is_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(InvalidInput, match="sources must be"):
        load_sources(tmp_path / "other.safetensors")


def test_numbers_out_of_range_are_refused(sources):
    for n, size in ((0, 64), (5, 32), (5, 512), (2.5, 64)):
        with pytest.raises(InvalidInput, match="must be a whole number"):
            draw(n, size, generator(0), sources)
