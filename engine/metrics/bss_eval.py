"""BSS-eval, version 3: what of an estimate is its source, what is another source, and what is neither.

    ŝ = s_target + e_interf + e_artif        s_target = P_j ŝ,   e_interf = P_S ŝ − P_j ŝ,   e_artif = ŝ − P_S ŝ
    SDR = |s_target|² / |e_interf + e_artif|²     SIR = |s_target|² / |e_interf|²     SAR = |P_S ŝ|² / |e_artif|²

P_j is the least-squares projection on reference j through a filter of L taps, P_S on all references together: a source
that is only filtered counts as found. Of a spatial image (channels of one source) the filter's effect is an error too:
e_spat = P_j ŝ − s_j, SDR = |s_j|² / |ŝ − s_j|², ISR = |s_j|² / |e_spat|². Nothing is filtered here: the energy of a
filtered sum with the taps c is cᵀ G c, G as in `filter_projection`.

Conventions: (S, T) is judged as sources, (S, C, T) as images. Ratios are in dB, float64. A ratio is NaN where its
reference or its estimate is silent (a silent reference disturbs no other), and infinite where the error is below 1e-13
of the estimate's energy, which is what rounding leaves; with one source the SIR is infinite. A sound hardly longer than
the taps of all references, one sample for instance, can be matched too well for the ratios to say anything.

Reference: E. Vincent, R. Gribonval, C. Févotte, "Performance measurement in blind audio source separation", IEEE
TASLP 14 (2006); for images E. Vincent et al., "First stereo audio source separation evaluation campaign", ICA 2007.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from engine.errors import InvalidInput, ResourceLimit, ShapeError, constraint
from engine.metrics.filter_projection import correlations, gram_matrix, n_steps, solve
from engine.metrics.source_separation import check_samples

MAX_FILTER_LENGTH = 4096
MAX_UNKNOWNS = 6144  # taps of all references together, six stereo sources; two matrices of 302 MB
ROUNDING = 1e-13  # of the estimate's energy


@dataclass(frozen=True, eq=False)
class BssEval:
    """The ratios of S sources, each (S,) in dB.

    Attributes:
        sdr: source to distortion, everything that is wrong.
        sir: source to interference of the other sources.
        sar: sources to artefacts, what is in no source.
        permutation: (S,) integers; `estimates[permutation[j]]` is the estimate of reference j.
        isr: image to spatial distortion; None for sources.
    """

    sdr: Tensor
    sir: Tensor
    sar: Tensor
    permutation: Tensor
    isr: Tensor | None = None


@dataclass(frozen=True, eq=False)
class BssEvalProgress:
    """How far a measurement is: `result` is None before its last step."""

    step: int
    total_steps: int
    result: BssEval | None = None


def bss_eval(references: Tensor, estimates: Tensor, filter_length: int = 512, permute: bool = True) -> BssEval:
    """Return SDR, SIR and SAR of estimated sources or images.

    Args:
        references: (S, T), or (S, C, T) for images.
        estimates: the same shape.
        filter_length: L, taps of the filter that is not counted as distortion.
        permute: find the order of the estimates with the highest mean SIR; False takes them as they stand.

    Raises:
        ShapeError: not of one shape (S, T) or (S, C, T), or empty.
        InvalidInput: NaN, infinity or whole numbers; a filter length out of range.
        ResourceLimit: S·C·L is more than `MAX_UNKNOWNS`.
    """
    for progress in bss_eval_steps(references, estimates, filter_length, permute):
        result = progress.result
    return result


def bss_eval_steps(
    references: Tensor, estimates: Tensor, filter_length: int = 512, permute: bool = True
) -> Iterator[BssEvalProgress]:
    """Measure as `bss_eval`, step by step."""
    _check(references, estimates, filter_length)
    n_sources = len(references)
    x, y = (signals.detach().cpu().reshape(-1, signals.shape[-1]) for signals in (references, estimates))
    n_blocks, n_panels = n_steps(len(x), x.shape[1], filter_length)
    total, step = n_blocks + n_panels + n_sources, 0
    for found in correlations(x, y, filter_length):
        yield BssEvalProgress(step, total)
        step += found is None
    normal = _normal_equations(*found, n_sources)
    yield BssEvalProgress(step, total)
    for filters in solve(normal.gram, normal.seen):
        yield BssEvalProgress(step, total)
        step = min(step + (filters is None), n_blocks + n_panels)  # a second attempt is not counted
    explained = normal.energy(filters, normal.gram)
    rows = []
    for source in range(n_sources):
        part, own = normal.part(source), filters
        if n_sources > 1:
            *_, own = solve(normal.gram[part, part], normal.seen[part])
        rows.append(_ratios(normal, source, own, filters, explained, is_image=references.ndim == 3))
        if source + 1 < n_sources:
            yield BssEvalProgress(step + source + 1, total)
    ratios = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}  # (S references, S estimates)
    yield BssEvalProgress(total, total, _result(ratios, permute))


@dataclass(frozen=True, eq=False)
class _NormalEquations:
    """What is known of references (n channels, energy 1 each) and estimates: all that the ratios are made of.

    Attributes:
        gram: (n·L, n·L) correlations of the delayed references.
        seen: (n·L, n) correlations of the delayed references with the estimates' channels.
        energies: (S,) of the estimates.
        norms: (n,) of the references, before they were brought to energy 1.
        n_sources: S.
    """

    gram: Tensor
    seen: Tensor
    energies: Tensor
    norms: Tensor
    n_sources: int

    def part(self, source: int) -> slice:
        """The unknowns of one source."""
        size = len(self.gram) // self.n_sources
        return slice(source * size, (source + 1) * size)

    def product(self, filters: Tensor, others: Tensor) -> Tensor:
        """Σ filters · others (m, n) for each estimate, (S,)."""
        return (filters * others).sum(0).view(self.n_sources, -1).sum(1)

    def energy(self, filters: Tensor, gram: Tensor) -> Tensor:
        """The energy (S,) of the references filtered with each estimate's filters (m, n)."""
        return self.product(filters, gram @ filters).clamp(min=0)

    def error(self, energy: Tensor) -> Tensor:
        """An error's energy (S,), 0 where it is only rounding."""
        return energy.where(energy > ROUNDING * self.energies, 0.0)


def _normal_equations(lags: Tensor, energies: Tensor, n_sources: int) -> _NormalEquations:
    n = lags.shape[1]
    norms = lags[0, :, :n].diagonal().clamp(min=0).sqrt()
    scale = norms.where(norms > 0, 1.0)  # so that a quiet reference is judged as exactly as a loud one
    lags = lags / scale[:, None]
    seen = lags[:, :, n:].permute(1, 0, 2).reshape(-1, n)
    gram = gram_matrix(lags[:, :, :n] / scale)
    return _NormalEquations(gram, seen, energies.view(n_sources, -1).sum(1), norms, n_sources)


def _ratios(
    normal: _NormalEquations, source: int, own: Tensor, filters: Tensor, explained: Tensor, is_image: bool
) -> dict[str, Tensor]:
    """Return each ratio (S,) of one reference and every estimate; `own` filters that reference, `filters` all.

    `explained` is the energy (S,) of what all of them give.
    """
    part = normal.part(source)
    block, seen = normal.gram[part, part], normal.seen[part]
    silent = (normal.energies == 0) | (block.diagonal().sum() == 0)
    artefacts = normal.error(normal.energies - 2 * normal.product(filters, normal.seen) + explained)
    others = filters.clone()
    others[part] -= own
    interference = normal.error(normal.energy(others, normal.gram))
    target = normal.energy(own, block)
    ratios = {"sir": _db(target, interference, silent), "sar": _db(explained, artefacts, silent)}
    if not is_image:
        return ratios | {"sdr": _db(target, interference + artefacts, silent)}
    channels = len(normal.norms) // normal.n_sources
    norms = normal.norms[source * channels : (source + 1) * channels]
    image = torch.zeros_like(own)  # the filters that leave the reference as it is
    image[:: len(own) // channels] = norms.diag().repeat(1, normal.n_sources)
    true = normal.energy(image, block)
    wrong = normal.error(normal.energies - 2 * normal.product(image, seen) + true)
    spatial = normal.error(normal.energy(own - image, block))
    return ratios | {"sdr": _db(true, wrong, silent), "isr": _db(true, spatial, silent)}


def _result(ratios: dict[str, Tensor], permute: bool) -> BssEval:
    order = torch.arange(len(ratios["sir"]))
    permutation = order
    if permute:
        gain = ratios["sir"].nan_to_num(-1000.0, 1000.0, -1000.0)
        permutation = torch.from_numpy(linear_sum_assignment(gain.numpy(), maximize=True)[1])
    return BssEval(permutation=permutation, **{name: values[order, permutation] for name, values in ratios.items()})


def _db(wanted: Tensor, unwanted: Tensor, silent: Tensor) -> Tensor:
    return (10 * torch.log10(wanted / unwanted)).masked_fill(silent, torch.nan)


def _check(references: Tensor, estimates: Tensor, filter_length: int) -> None:
    shapes = (tuple(references.shape), tuple(estimates.shape))
    if references.ndim not in (2, 3) or not references.numel() or shapes[0] != shapes[1]:
        bound = "(S, T) or (S, C, T), both the same, not empty"
        raise ShapeError(constraint("references and estimates", bound, shapes))
    check_samples("references", references)
    check_samples("estimates", estimates)
    is_whole = isinstance(filter_length, int) and not isinstance(filter_length, bool)
    if not is_whole or not 1 <= filter_length <= MAX_FILTER_LENGTH:
        raise InvalidInput(constraint("filter_length", f"a whole number from 1 to {MAX_FILTER_LENGTH}", filter_length))
    unknowns = references.shape[:-1].numel() * filter_length
    if unknowns > MAX_UNKNOWNS:
        advice = "Measure fewer sources at once, or mix them to mono."
        raise ResourceLimit(constraint("Sources × channels × taps", f"at most {MAX_UNKNOWNS}", unknowns, advice))
