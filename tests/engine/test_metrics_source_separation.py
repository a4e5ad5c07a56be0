"""Separation: BSS-eval against published answers and against projections done sample by sample; SI-SDR, SNR, MUSDB."""

from __future__ import annotations

import json
import math
import pickle
from itertools import permutations

import pytest
import soundfile
import torch

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.metrics import bss_eval as module
from engine.metrics.bss_eval import bss_eval, bss_eval_steps
from engine.metrics.source_separation import framewise_sdr, over_time, si_sdr, snr
from tests.reference.real_data import need

FIGURES = {"Source to Distortion": "sdr", "Source to Interference": "sir", "Source to Artifact": "sar"}
CASES = ("01", "02", "03", "05", "06", "07", "08", "09")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def published(case: str) -> tuple[torch.Tensor, torch.Tensor, dict]:
    """Return mono references and estimates (S, T), and the answers."""
    signals = []
    for kind in ("ref", "est"):
        files = sorted(need(f"audio/bss_eval/{kind}{case}").glob("*.wav"))
        signals.append(torch.stack([torch.tensor(soundfile.read(file, always_2d=True)[0]).mean(1) for file in files]))
    return *signals, json.loads(need(f"audio/bss_eval/output{case}.json").read_text())


def assert_published(found: dict[str, torch.Tensor], answers: dict, names: dict, abs: float = 1e-6) -> None:
    for name, field in names.items():
        answer = torch.tensor(answers[name], dtype=torch.float64)
        torch.testing.assert_close(
            found[field], answer, atol=abs, rtol=0, msg=lambda text, name=name: f"{name}: {text}"
        )


@pytest.mark.parametrize("case", CASES)
def test_the_published_answers_for_sources(case):
    references, estimates, answers = published(case)
    result = bss_eval(references, estimates)
    assert_published(vars(result), answers["Sources"], FIGURES)
    assert result.permutation.tolist() == answers["Sources"]["Source permutation"] and result.isr is None


@pytest.mark.parametrize("case", ["01", "09"])
def test_the_published_answers_in_windows(case):
    references, estimates, answers = published(case)
    answers = answers["Framewise"]

    def measure(*parts):
        return bss_eval(*parts, permute=False)

    moments = list(over_time(measure, (references, estimates), answers["win"], answers["hop"]))
    found = {
        field: torch.stack([vars(moment.value)[field] for moment in moments], 1) for field in ("sdr", "sir", "sar")
    }
    assert_published(found, answers, FIGURES)


@pytest.mark.parametrize("case", ["01", "03", "09"])  # with more channels than one they are all the same: G is singular
def test_the_published_answers_for_images(case):
    references, estimates, answers = published(case)
    answers = answers["Images"]
    gains = torch.tensor([1.0] + [answers["gain"]] * (answers["nchan"] - 1), dtype=torch.float64)
    copies = [signals[:, None] * factor[:, None] for signals, factor in ((references, gains**0), (estimates, gains))]
    result = bss_eval(*copies)
    assert_published(vars(result), answers, FIGURES | {"Image to Spatial": "isr"})
    assert result.permutation.tolist() == answers["Source permutation"]


def delayed(signals: torch.Tensor, taps: int) -> torch.Tensor:
    """Return the delayed copies of signals (n, T) as columns, (T + L − 1, n·L)."""
    length = signals.shape[1] + taps - 1
    rows = [torch.nn.functional.pad(one, (k, length - k - len(one))) for one in signals for k in range(taps)]
    return torch.stack(rows, 1)


def by_projection(references: torch.Tensor, estimates: torch.Tensor, taps: int) -> dict[str, torch.Tensor]:
    """Return BSS-eval of (S, C, T) by the definition, sample by sample, for every reference and estimate (S, S)."""
    n_sources = len(references)
    table = {name: torch.empty(n_sources, n_sources, dtype=torch.float64) for name in ("sdr", "sir", "sar", "isr")}

    def db(a, b):
        return 10 * torch.log10(a.square().sum() / b.square().sum())

    def projected(y, basis):
        return basis @ torch.linalg.lstsq(basis, y).solution

    everything = delayed(references.flatten(0, 1), taps)
    for j, true in enumerate(references):
        for i, estimate in enumerate(estimates):
            s, y = (torch.nn.functional.pad(signal, (0, taps - 1)).T for signal in (true, estimate))
            own, all_of_it = projected(y, delayed(true, taps)), projected(y, everything)
            is_image = len(true) > 1
            table["sdr"][j, i] = db(s, y - s) if is_image else db(own, y - own)
            table["isr"][j, i] = db(s, own - s)
            table["sir"][j, i] = db(own, all_of_it - own)
            table["sar"][j, i] = db(all_of_it, y - all_of_it)
    return table


@pytest.mark.parametrize("channels", [1, 2])
def test_bss_eval_is_the_projection_written_out(channels):
    references = noise(3, channels, 700) * torch.tensor([1.0, 0.02, 5.0])[:, None, None]
    mixed = references.sum(0) * 0.3
    estimates = (references + mixed + 0.1 * noise(3, channels, 700, seed=1))[[1, 2, 0]]
    table = by_projection(references, estimates, 5)
    best = max(permutations(range(3)), key=lambda order: sum(table["sir"][range(3), order]))
    shape = (3, 700) if channels == 1 else (3, 2, 700)
    result = bss_eval(references.view(shape), estimates.view(shape), filter_length=5)
    assert result.permutation.tolist() == list(best) != [0, 1, 2]
    kept = bss_eval(references.view(shape), estimates.view(shape), filter_length=5, permute=False)
    assert kept.permutation.tolist() == [0, 1, 2]
    for name in ("sdr", "sir", "sar") if channels == 1 else table:
        torch.testing.assert_close(vars(result)[name], table[name][range(3), best], atol=1e-9, rtol=0)
        torch.testing.assert_close(vars(kept)[name], table[name].diagonal(), atol=1e-9, rtol=0)


def test_blocks_make_no_difference(monkeypatch):
    references, estimates = noise(2, 3000), noise(2, 3000, seed=1)
    estimates += references
    whole = bss_eval(references, estimates, filter_length=60)
    table = by_projection(references[:, None], estimates[:, None], 60)
    torch.testing.assert_close(whole.sdr, table["sdr"].diagonal(), atol=1e-9, rtol=0)
    monkeypatch.setattr("engine.metrics.filter_projection._BLOCKS", 1)
    monkeypatch.setattr("engine.metrics.filter_projection._PANEL", 25)
    monkeypatch.setattr("engine.metrics.filter_projection._block_length", lambda length, taps: 256 - taps + 1)
    steps = list(bss_eval_steps(references, estimates, filter_length=60))
    torch.testing.assert_close(steps[-1].result.sar, whole.sar, atol=1e-9, rtol=0)
    assert len(steps) > 15 and all(step.result is None for step in steps[:-1])
    assert [step.step for step in steps] == sorted(step.step for step in steps)
    assert steps[-1].step == steps[-1].total_steps == steps[0].total_steps
    pickle.loads(pickle.dumps(steps[-1]))


def test_a_filtered_source_counts_as_found_and_a_perfect_one_as_infinite():
    references = noise(2, 2000)
    references[:, -40:] = 0  # so that nothing of the filtered sound is cut off
    filtered = torch.nn.functional.conv1d(references[:, None], noise(1, 1, 9, seed=2), padding=8)[..., :2000][:, 0]
    found = bss_eval(references, filtered, filter_length=16)
    assert found.sdr.tolist() == found.sir.tolist() == found.sar.tolist() == [math.inf] * 2
    assert (bss_eval(references, filtered, filter_length=8).sdr < 40).all()
    same = bss_eval(references[:, None], references[:, None], filter_length=16)
    assert same.sdr.tolist() == same.isr.tolist() == [math.inf] * 2


def test_silence_disturbs_nobody_else():
    references, estimates = noise(3, 900), noise(3, 900, seed=1)
    estimates += references
    references[2] = 0
    result = bss_eval(references, estimates, filter_length=8)
    alone = bss_eval(references[:2], estimates[:2], filter_length=8)
    assert result.sdr[2].isnan() and result.sir[2].isnan() and result.sar[2].isnan()
    torch.testing.assert_close(result.sdr[:2], alone.sdr)
    estimates[0] = 0
    result = bss_eval(references, estimates, filter_length=8, permute=False)
    assert result.sdr.isnan().tolist() == [True, False, True]
    nothing = bss_eval(torch.zeros(2, 2, 50), torch.zeros(2, 2, 50), filter_length=4)
    assert nothing.sdr.isnan().all() and nothing.isr.isnan().all()
    assert sorted(nothing.permutation.tolist()) == [0, 1]


def test_one_sample_is_no_crash():
    assert bss_eval(torch.ones(1, 1), torch.ones(1, 1)).sdr.tolist() == [math.inf]
    assert bss_eval(torch.ones(2, 1), torch.ones(2, 1)).sdr.tolist() == [math.inf] * 2
    image = torch.ones(2, 2, 1)
    assert bss_eval(image, image / 2, filter_length=9).sdr.tolist() == pytest.approx([6.0206] * 2, abs=1e-4)
    assert si_sdr(torch.tensor([0.5]), torch.tensor([0.25])) == math.inf
    assert snr(torch.tensor([0.5]), torch.tensor([0.25])) == 0


def test_bad_input_is_refused():
    good = torch.ones(2, 10)
    for references, estimates in (
        (good, good[:1]),
        (good[0], good[0]),
        (good[:, :0], good[:, :0]),
        (good[:0], good[:0]),
    ):
        with pytest.raises(ShapeError, match=r"\(S, T\) or \(S, C, T\)"):
            bss_eval(references, estimates)
    for bad in (good * math.nan, good * math.inf, good.long()):
        with pytest.raises(InvalidInput, match="finite"):
            bss_eval(good, bad)
        with pytest.raises(InvalidInput, match="finite"):
            si_sdr(bad, bad)
    for length in (0, 5000, 2.0, True):
        with pytest.raises(InvalidInput, match="filter_length"):
            bss_eval(good, good, filter_length=length)
    with pytest.raises(ResourceLimit, match=f"{module.MAX_UNKNOWNS}"):
        bss_eval(torch.ones(13, 10), torch.ones(13, 10))
    for measure in (snr, si_sdr):
        with pytest.raises(ShapeError, match="not empty"):
            measure(good, good[:, :5])
        with pytest.raises(ShapeError, match="not empty"):
            measure(torch.tensor(1.0), torch.tensor(1.0))
    with pytest.raises(ShapeError, match=r"\(S, C, T\)"):
        framewise_sdr(good, good, 10)
    with pytest.raises(ShapeError, match="of one length"):
        next(over_time(snr, (good, good[:, :5]), 2))
    for window, hop in ((0, 1), (1, 0), (1.5, 1)):
        with pytest.raises(InvalidInput, match="whole number of samples"):
            next(over_time(snr, (good, good), window, hop))


def test_the_values_that_torchmetrics_publishes():
    target, preds = torch.tensor([3.0, -0.5, 2.0, 7.0]), torch.tensor([2.5, 0.0, 2.0, 8.0])
    assert si_sdr(preds, target).item() == pytest.approx(18.4030, abs=1e-4)
    assert snr(preds, target).item() == pytest.approx(16.1805, abs=1e-4)


def test_si_sdr_by_its_definition_and_its_gradient():
    estimate, reference = noise(2, 3, 50), noise(2, 3, 50, seed=1)
    values = si_sdr(estimate, reference)
    for index in ((0, 0), (1, 2)):
        e, r = estimate[index], reference[index]
        target = (e @ r) / (r @ r) * r
        assert values[index].item() == pytest.approx(10 * math.log10(target @ target / ((target - e) @ (target - e))))
    torch.testing.assert_close(si_sdr(7 * estimate, reference), values)
    torch.testing.assert_close(snr(2 * reference, reference), torch.zeros(2, 3, dtype=torch.float64))
    assert si_sdr(estimate.float(), reference.float()).dtype == torch.float32
    assert torch.autograd.gradcheck(si_sdr, (estimate.requires_grad_(), reference))
    silence = torch.zeros(50)
    assert si_sdr(torch.ones(50), silence).isnan() and si_sdr(silence, torch.ones(50)).isnan()
    assert snr(torch.ones(50), silence) == -math.inf and snr(silence, silence).isnan()


def test_musdb_counts_windows_in_which_all_play():
    references, estimates = noise(2, 2, 1050), noise(2, 2, 1050, seed=1)
    estimates += 3 * references
    references[1, :, 300:400] = 0
    estimates[0, :, 500:600] = 0
    found = framewise_sdr(estimates, references, sample_rate=100)
    assert found.starts_s.tolist() == list(range(10))  # the last half second is left out
    assert found.frames.isnan().any(0).tolist() == found.frames.isnan().all(0).tolist()
    assert found.frames[0].isnan().nonzero().flatten().tolist() == [3, 5]
    part = slice(200, 300)
    by_hand = snr(estimates[..., part].flatten(1), references[..., part].flatten(1))
    torch.testing.assert_close(found.frames[:, 2], by_hand)
    valid = found.frames[:, ~found.frames[0].isnan()].sort(1).values
    torch.testing.assert_close(found.median, (valid[:, 3] + valid[:, 4]) / 2)
    assert framewise_sdr(estimates[..., :30], references[..., :30], 100).frames.shape == (2, 1)
    assert framewise_sdr(estimates * 0, references, 100).median.isnan().all()


def test_windows_overlap_and_name_their_place():
    signal = torch.arange(10.0)
    moments = list(over_time(lambda part: part.tolist(), (signal,), window=4, hop=3))
    assert [(m.start, m.stop, m.value[0], m.step, m.total_steps) for m in moments] == [
        (0, 4, 0.0, 1, 3),
        (3, 7, 3.0, 2, 3),
        (6, 10, 6.0, 3, 3),
    ]
    assert [m.value for m in over_time(lambda part: len(part), (signal,), window=99)] == [10]
    pickle.loads(pickle.dumps(moments))
