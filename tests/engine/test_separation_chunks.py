"""Chunks with overlap-add, and the separator around them: equal to the whole, bounded, and easy to stop."""

import pickle
from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

from engine.errors import InvalidInput, ShapeError
from engine.source_separation.chunks import Chunking, joined, separate_in_chunks
from engine.source_separation.separator import LEAST_STD, Level, Separator, in_one_step

REACH = 7
KERNEL = torch.linspace(-1, 1, 2 * REACH + 1)[None, None].repeat(2, 1, 1)
KERNEL[1, 0, 3] = 5.0


def local(chunk):
    """A network that looks 7 samples to each side: (C, n) to (2, C, n)."""
    return F.conv1d(chunk[:, None], KERNEL.to(chunk), padding=REACH).movedim(1, 0)


def sound(n, channels=2, seed=0):
    return torch.randn(channels, n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    "chunking", [Chunking(40, 7, 5), Chunking(40, 7, 0), Chunking(25, 10, 2), Chunking(64, 9, 8, 16)]
)
@pytest.mark.parametrize("n", [1, 5, 26, 27, 400, 403])
def test_chunks_that_see_enough_equal_the_whole(chunking, n):
    mixture = sound(n)
    parts = list(separate_in_chunks(in_one_step(local), mixture, chunking))
    torch.testing.assert_close(joined(parts), local(mixture))
    assert [part.start for part in parts] == [0, *(part.step for part in parts[:-1])]
    assert parts[-1].step == parts[-1].total_steps == n
    assert all(part.step - before.step == part.stems.shape[-1] for before, part in pairwise(parts))


def test_a_region_equals_its_part_of_the_whole():
    mixture = sound(500)
    for start, end in ((0, 30), (123, 124), (100, 333), (480, 500)):
        parts = list(separate_in_chunks(in_one_step(local), mixture, Chunking(50, 8, 6), (start, end)))
        assert parts[0].start == start and parts[0].total_steps == end - start
        torch.testing.assert_close(joined(parts), local(mixture)[..., start:end])


def test_neighbours_fade_into_one_another_along_a_line():
    numbers = iter(range(10))
    chunking = Chunking(chunk=30, context=0, fade=10)

    def number(chunk):
        return torch.full((1, *chunk.shape), float(next(numbers)))

    whole = joined(separate_in_chunks(in_one_step(number), torch.zeros(1, 70), chunking))[0, 0]
    ramp = torch.linspace(0, 1, 10)
    wanted = torch.cat([torch.zeros(20), ramp, torch.ones(10), 1 + ramp, torch.full((20,), 2.0)])
    torch.testing.assert_close(whole, wanted)


def test_every_chunk_begins_on_the_grid_and_is_no_longer_than_told():
    seen = []

    def look(chunk):
        seen.append(chunk[0].clone())
        return chunk[None]

    chunking = Chunking(chunk=50, context=9, fade=4, align=8)
    mixture = torch.arange(300.0)[None]
    joined(separate_in_chunks(in_one_step(look), mixture, chunking, (37, 280)))
    assert len(seen) > 5
    for piece in seen:
        assert piece[0] % chunking.align == 0 and len(piece) < chunking.chunk + chunking.align


def test_a_part_has_memory_of_its_own_and_can_be_pickled():
    parts = list(separate_in_chunks(in_one_step(local), sound(5000), Chunking(200, 7, 20)))
    assert all(part.stems.untyped_storage().nbytes() == 4 * part.stems.numel() for part in parts)
    again = pickle.loads(pickle.dumps(parts[3]))
    assert (again.step, again.start) == (parts[3].step, parts[3].start) and torch.equal(again.stems, parts[3].stems)


def test_a_network_at_work_gives_empty_parts_and_nothing_is_computed_ahead():
    calls = []

    def slow(chunk):
        for layer in range(3):
            calls.append(layer)
            yield None
        yield local(chunk)

    run = separate_in_chunks(slow, sound(100), Chunking(40, 7, 5))
    assert not calls
    first = next(run)
    assert (first.step, first.total_steps, first.stems.shape[-1], calls) == (0, 100, 0, [0])
    parts = [first, *(next(run) for _ in range(3))]
    assert parts[-1].step == parts[-1].stems.shape[-1] == 21 and calls == [0, 1, 2]
    run.close()
    assert calls == [0, 1, 2]


def test_the_mixture_is_left_as_it_is():
    mixture = sound(100)
    kept = mixture.clone()
    joined(separate_in_chunks(in_one_step(lambda chunk: chunk[None]), mixture, Chunking(40, 7, 5)))
    assert torch.equal(mixture, kept)


@pytest.mark.parametrize("sizes", [(0, 0, 0), (20, 10, 0), (20, 5, 6), (20, -1, 0), (2.5, 0, 0)])
def test_impossible_chunks_are_refused(sizes):
    with pytest.raises(InvalidInput, match="must be"):
        Chunking(*sizes)


@pytest.mark.parametrize("span", [(5, 5), (-1, 5), (3, 101)])
def test_an_impossible_span_is_refused(span):
    with pytest.raises(InvalidInput, match="within the 100 samples"):
        next(separate_in_chunks(in_one_step(local), sound(100), Chunking(40, 7, 5), span))


def echo(is_stereo=True, normalises=True, heard=None):
    """A separator into the sound and its negative; `heard` collects the chunks."""

    def steps(chunk):
        if heard is not None:
            heard.append(chunk.clone())
        yield torch.stack([chunk, -chunk])

    return Separator(("same", "negative"), 100, Chunking(60, 10, 5), steps, normalises, is_stereo)


def test_a_network_hears_normalised_sound_and_its_stems_are_restored():
    heard, mixture = [], 3 * sound(250) + 0.5
    stems = joined(echo(heard=heard).separate(mixture))
    mono = mixture.mean(0)
    torch.testing.assert_close(heard[0], ((mixture - mono.mean()) / mono.std())[:, :50])
    torch.testing.assert_close(stems[0], mixture)
    torch.testing.assert_close(stems[1], 2 * mono.mean() - mixture)
    heard.clear()
    joined(echo(normalises=False, heard=heard).separate(mixture))
    assert torch.equal(heard[0], mixture[:, :50])


def test_mono_is_doubled_for_a_method_that_wants_stereo():
    assert joined(echo().separate(sound(90, 1))).shape == (2, 2, 90)
    assert joined(echo(is_stereo=False).separate(sound(90, 6))).shape == (2, 6, 90)


def test_silence_and_one_sample():
    for n in (1, 2, 90):
        stems = joined(echo().separate(torch.zeros(1, n)))
        assert stems.shape == (2, 2, n) and not stems.any()
    assert Level.of(torch.ones(2, 1)).std == LEAST_STD


def test_a_region_in_seconds():
    mixture = sound(250)
    parts = list(echo().separate(mixture, (0.5, 1.25)))
    assert parts[0].start == 50 and parts[0].total_steps == 75
    assert torch.equal(joined(echo(normalises=False).separate(mixture, (2.0, 99.0)))[0], mixture[:, 200:])
    for region in ((1.0, 1.0), (-1.0, 1.0), (2.5, 3.0), (0.0, float("nan")), (0.5, 0.501)):
        with pytest.raises(InvalidInput, match=r"within the 2.50 s"):
            echo().separate(mixture, region)


def test_what_is_no_sound_is_refused():
    for wrong in (torch.zeros(10), torch.zeros(2, 0), torch.zeros(0, 5), torch.zeros(6, 10)):
        with pytest.raises(ShapeError, match="mixture must be"):
            echo().separate(wrong)
    broken = sound(10)
    for value in (float("nan"), float("inf")):
        broken[1, 3] = value
        with pytest.raises(InvalidInput, match="finite"):
            echo().separate(broken)
    with pytest.raises(InvalidInput, match="floating-point"):
        echo().separate(torch.zeros(2, 10, dtype=torch.int16))
