"""Hybrid Demucs computed layer by layer, in little memory; the same numbers as torchaudio's own `forward`.

What is computed is torchaudio's HDemucs: one U-Net on the spectrogram, one on the waveform, joined in the middle. How
it is computed differs in four ways:

- Layers of the spectrogram are computed a few rows of frequencies at a time. All they do but the strided convolution
  treats rows alone (or sees one row more), so what lies between can be forgotten, and stays in the processor's cache.
- Residual branches and activations write into the memory of their input, and skips are dropped once they are used.
- Where only one row is left, the two outer rows of a 3 × 3 kernel see nothing but padding, and are left out.
- After each layer it can be stopped.

Conventions: mixtures are float (B, 2, T); B, C, F, N are batch, channels, rows of frequencies, frames.

Reference: A. Défossez, "Hybrid spectrogram and waveform source separation", ISMIR 2021 workshop on music source
separation; torchaudio.models.HDemucs.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchaudio.models import HDemucs

_BLOCK = 2**19  # numbers in the widest tensor of a block of rows


@torch.no_grad()
def hdemucs_steps(network: HDemucs, mixture: Tensor) -> Iterator[Tensor | None]:
    """Yield None after each layer, and last the stems (B, S, 2, T) of a mixture (B, 2, T)."""
    n_samples = mixture.shape[-1]
    x, *of_spectrum = _standardised(network._magnitude(network._spec(mixture)))
    n_frames = x.shape[-1]
    xt, *of_wave = _standardised(mixture)
    skips, skips_t, lengths_t = [], [], []
    for k, layer in enumerate(network.freq_encoder):
        joining = None
        if k < len(network.time_encoder):
            lengths_t.append(xt.shape[-1])
            xt = _encode_wave(network.time_encoder[k], xt)
            if network.time_encoder[k].empty:
                joining = xt  # the waveform has as many steps as the spectrogram has frames
            else:
                skips_t.append(xt)
            yield None
        x = _encode_rows(layer, x, joining) if layer.freq else _encode_wave(layer, x)
        if k == 0:
            rows = torch.arange(x.shape[2], device=x.device)
            x.add_(network.freq_emb(rows).T[None, :, :, None], alpha=network.freq_emb_scale)
        skips.append(x)
        yield None
    n_joined = len(network.freq_decoder) - len(network.time_decoder)
    x = None  # the decoder begins with nothing but the skips
    for k, layer in enumerate(network.freq_decoder):
        length = skips[-2].shape[-1] if len(skips) > 1 else n_frames
        x, inner = _decode(layer, x, skips.pop(), length)
        yield None
        if k >= n_joined:
            wave = network.time_decoder[k - n_joined]
            length = lengths_t.pop()
            xt = _up(wave, inner[:, :, 0], length) if wave.empty else _decode(wave, xt, skips_t.pop(), length)[0]
            yield None
        del inner
    x = _restored(x.unflatten(1, (len(network.sources), -1)), of_spectrum)
    xt = _restored(xt.unflatten(1, (len(network.sources), -1)), of_wave)
    for own, stem in zip(xt.split(1, 1), x.split(1, 1), strict=True):  # all spectra at once would be the most it needs
        own.add_(network._ispec(network._mask(stem), n_samples))
    yield xt


def _standardised(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    dims = tuple(range(1, x.ndim))
    mean, std = x.mean(dims, keepdim=True), x.std(dims, keepdim=True)
    return (x - mean).div_(std + 1e-5), mean, std


def _restored(x: Tensor, mean_std: list[Tensor]) -> Tensor:
    mean, std = mean_std
    return x.mul_(std[:, None]).add_(mean[:, None])


def _encode_wave(layer: nn.Module, x: Tensor) -> Tensor:
    """Return one level down of the waveform, or of a spectrogram of a single row, (B, C, n)."""
    x = x.flatten(1, -2) if x.ndim == 4 else x
    x = layer.conv(F.pad(x, (0, -x.shape[-1] % layer.stride)))
    if layer.empty:
        return x
    return F.glu(layer.norm2(layer.rewrite(_residual(layer.dconv, _gelu(layer.norm1(x))))), 1)


def _encode_rows(layer: nn.Module, x: Tensor, joining: Tensor | None) -> Tensor:
    """Return one level down of the spectrogram, (B, C, F, N)."""
    x = layer.conv(x)
    if joining is not None:
        x.add_(joining[:, :, None])
    x = _gelu(layer.norm1(x))  # a norm over all rows belongs to a single one here
    for rows in _blocks(x, 2 * x.shape[1]):
        block = x[:, :, rows]
        own = block.transpose(1, 2).flatten(0, 1).contiguous()  # (B · rows, C, N)
        own = _residual(layer.dconv, own).unflatten(0, (len(x), -1)).transpose(1, 2)
        block.copy_(F.glu(layer.norm2(layer.rewrite(own)), 1))
    return x


def _residual(dconv: nn.Module, x: Tensor) -> Tensor:
    """Add each branch of the dilated convolutions to x (B, C, n), in place."""
    for convolution, norm, _, *middle, wide, wide_norm, _, scale in dconv.layers:
        inner = _gelu(norm(convolution(x)))
        for one in middle:  # BiLSTM and attention, at the lowest levels
            inner = one(inner)
        x.addcmul_(F.glu(wide_norm(wide(inner)), 1), scale.scale[:, None])
    return x


def _decode(layer: nn.Module, x: Tensor | None, skip: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Return one level up, and what it was before the transposed convolution."""
    if x is not None:
        skip.add_(x.view_as(skip))  # at the join the spectrogram gets its single row back
    inner = _rewritten(layer, skip) if layer.freq else F.glu(layer.norm1(layer.rewrite(skip)), 1)
    return _up(layer, inner, length), inner


def _rewritten(layer: nn.Module, x: Tensor) -> Tensor:
    """Return GLU(norm(conv_3×3)) of rows, written over x."""
    kernel, bias = layer.rewrite.weight, layer.rewrite.bias
    around = kernel.shape[-2] // 2
    if x.shape[2] == 1:
        x = F.conv2d(x, kernel[:, :, around : around + 1], bias, padding=(0, around))
        return F.glu(layer.norm1(x), 1)
    result = torch.empty_like(x)
    n_rows = x.shape[2]
    for rows in _blocks(x, 2 * x.shape[1]):
        first, last = max(rows.start - around, 0), min(rows.stop + around, n_rows)
        seen = F.pad(x[:, :, first:last], (0, 0, first - rows.start + around, rows.stop + around - last))
        result[:, :, rows] = F.glu(layer.norm1(F.conv2d(seen, kernel, bias, padding=(0, around))), 1)
    return result


def _up(layer: nn.Module, x: Tensor, length: int) -> Tensor:
    """Return the transposed convolution, cut to its length."""
    x = layer.norm2(layer.conv_tr(x))
    if not layer.freq:
        x = x[..., layer.pad : layer.pad + length]
    elif layer.pad:
        x = x[:, :, layer.pad : -layer.pad]
    return x if layer.last else _gelu(x.contiguous())


def _gelu(x: Tensor) -> Tensor:
    return torch.ops.aten.gelu_(x)


def _blocks(x: Tensor, channels: int) -> Iterator[slice]:
    """Yield slices of rows of x (B, C, F, N), so wide that `channels` of them are about a block."""
    n_rows = x.shape[2]
    step = max(1, _BLOCK // (len(x) * channels * x.shape[-1]))
    for first in range(0, n_rows, step):
        yield slice(first, min(first + step, n_rows))
