"""The blocks of each network with the shapes that a chunk has in them, from the networks' own constants.

    Wave-U-Net        level i: 12 · i channels, T / 2^i samples
    Demucs            level i: 32 · 2^(i−1) channels, at most 256, and (n − 8) / 4 + 1 steps
    Hybrid Demucs     spectrum: a quarter of the rows at each level; waveform: a quarter of the samples
    GTCRN             129 bands, then 65, then 33, 16 channels

Nothing is computed but sizes. Conventions: shapes are (channels, …) of one example; tests prove them equal to what the
networks give. `side` tells on which arm of the U a block stands: "down", "bottom" or "up".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.source_separation import demucs, gtcrn, hdemucs, wave_u_net
from engine.source_separation.gtcrn_blocks import CHANNELS
from engine.source_separation.separator import STEMS

_OUT = 2 * len(STEMS)
_KERNEL, _STRIDE = 8, 4  # of Hybrid Demucs' levels
_SPECTRUM_ROWS, _FIRST_CHANNELS, _JOINED = 2048, 48, 4  # levels with two branches


@dataclass(frozen=True)
class Block:
    """One block.

    Attributes:
        side: "down", "bottom" or "up".
        level: from 1, the depth.
        name: what it is called. does: what it computes.
        shape: of what it gives.
        branch: "spectrum" or "waveform" where there are two, else "".
    """

    side: str
    level: int
    name: str
    does: str
    shape: tuple[int, ...]
    branch: str = ""


def of_wave_u_net(n_samples: int = wave_u_net.CHUNKING.chunk) -> list[Block]:
    """Return the blocks of Wave-U-Net for so many samples."""
    n_levels, width = wave_u_net.N_LEVELS, wave_u_net.CHANNELS
    n_samples += -n_samples % 2**n_levels
    down, up = f"convolution {wave_u_net.DOWN_KERNEL}, LeakyReLU", f"convolution {wave_u_net.UP_KERNEL}, LeakyReLU"
    rows = [
        Block("down", i, f"down {i}", f"{down}; every second sample goes on", (width * i, n_samples // 2 ** (i - 1)))
        for i in range(1, n_levels + 1)
    ]
    deepest = n_levels + 1
    rows.append(Block("bottom", deepest, "bottom", down, (width * deepest, n_samples // 2**n_levels)))
    rows += [
        Block("up", i, f"up {i}", f"doubled, joined with down {i}; {up}", (width * i, n_samples // 2 ** (i - 1)))
        for i in range(n_levels, 0, -1)
    ]
    rows.append(Block("up", 0, "out", "convolution 1; other = mixture − the rest", (_OUT - 2, n_samples)))
    return rows


def of_demucs(n_samples: int = demucs.CHUNKING.chunk) -> list[Block]:
    """Return the blocks of Demucs for so many samples."""
    widths = [min(demucs.CHANNELS * 2**i, demucs.MOST_CHANNELS) for i in range(demucs.N_LEVELS)]
    kernel, stride = demucs.KERNEL, demucs.STRIDE
    lengths = [n_samples + sum(demucs.padding(n_samples))]
    for _ in widths:
        lengths.append((lengths[-1] - kernel) // stride + 1)
    does = f"convolution {kernel} / {stride}, ReLU, convolution 1, GLU"
    levels = list(enumerate(widths, 1))
    rows = [Block("down", i, f"encoder {i}", does, (width, lengths[i])) for i, width in levels]
    bottom = f"{demucs.LSTM_LAYERS} bidirectional LSTM layers, linear"
    rows.append(Block("bottom", len(widths) + 1, "BiLSTM", bottom, (widths[-1], lengths[-1])))
    for i, _ in reversed(levels):
        out = widths[i - 2] if i > 1 else _OUT
        after = ", ReLU" if i > 1 else ""
        does = f"+ encoder {i}; convolution {demucs.CONTEXT_KERNEL}, GLU, transposed {kernel} / {stride}{after}"
        rows.append(Block("up", i, f"decoder {i}", does, (out, lengths[i - 1])))
    return rows


def of_hdemucs(n_samples: int = hdemucs.CHUNKING.chunk) -> list[Block]:
    """Return the blocks of Hybrid Demucs, as torchaudio publishes it, for so many samples."""
    frames, rows = -(-n_samples // hdemucs.HOP), []
    widths = [_FIRST_CHANNELS * 2**i for i in range(6)]
    freqs = [_SPECTRUM_ROWS // _STRIDE**i for i in range(5)]
    lengths = [n_samples]
    for _ in range(_JOINED):
        lengths.append(-(-lengths[-1] // _STRIDE))
    does = f"convolution {_KERNEL} / {_STRIDE}, GELU, two dilated branches, GLU"
    for i in range(1, _JOINED + 1):
        own = (widths[i - 1], freqs[i], frames)
        rows.append(Block("down", i, f"spectrum {i}", does, own, "spectrum"))
        rows.append(Block("down", i, f"waveform {i}", does, (widths[i - 1], lengths[i]), "waveform"))
    joined, half = _JOINED + 1, -(-frames // 2)
    to_steps = f"convolution {_KERNEL} / {_STRIDE} to one step a frame"
    rows.append(Block("down", joined, f"waveform {joined}", to_steps, (widths[4], frames), "waveform"))
    meet = "convolution over the last 8 rows, + waveform 5; branches with BiLSTM and attention"
    rows.append(Block("down", joined, f"spectrum {joined}", meet, (widths[4], 1, frames), "spectrum"))
    deepest = "convolution 4 / 2, GELU, branches with BiLSTM and attention, GLU"
    rows.append(Block("bottom", joined + 1, "shared", deepest, (widths[5], half)))
    return rows + _hdemucs_up(widths, freqs, lengths, frames)


def _hdemucs_up(widths: list[int], freqs: list[int], lengths: list[int], frames: int) -> list[Block]:
    does = f"GLU, transposed {_KERNEL} / {_STRIDE}"
    rows = [Block("up", 6, "shared", "convolution 3, GLU, transposed 4 / 2", (widths[4], frames))]
    for i in range(_JOINED + 1, 0, -1):
        out = widths[i - 2] if i > 1 else _OUT
        spectrum = (2 * out if i == 1 else out, freqs[i - 1], frames)  # real and imaginary parts at the end
        rows.append(Block("up", i, f"spectrum {i}", f"+ spectrum {i}; convolution 3 × 3, {does}", spectrum, "spectrum"))
        start = f"+ waveform {i}; convolution 3, " if i <= _JOINED else "from the joined level; "
        rows.append(Block("up", i, f"waveform {i}", f"{start}{does}", (out, lengths[i - 1]), "waveform"))
    return rows


def of_gtcrn(n_samples: int = gtcrn.CHUNKING.chunk) -> list[Block]:
    """Return the blocks of GTCRN for so many samples."""
    frames = 1 + n_samples // gtcrn.HOP
    bands = gtcrn.N_LOW + gtcrn.N_BANDS
    halved = [bands // 2 + 1, gtcrn.N_INNER_BANDS]
    rows = [
        Block("down", i, f"encoder {i}", "convolution 1 × 5 / 2, normalised, PReLU", (CHANNELS, frames, n))
        for i, n in enumerate(halved, 1)
    ]
    inner = (CHANNELS, frames, halved[-1])
    blocks = list(enumerate(gtcrn.DILATIONS, 3))
    does = "half of the channels: 1 × 1, 3 × 3 dilated {} in time, attention; shuffled"
    rows += [Block("down", i, f"encoder {i}", does.format(d), inner) for i, d in blocks]
    rows += [Block("bottom", 6, f"dual path {k}", "GRU along the bands, GRU along time", inner) for k in (1, 2)]
    rows += [Block("up", i, f"decoder {i}", f"+ encoder {i}; {does.format(d)}", inner) for i, d in reversed(blocks)]
    last = "tanh: the mask’s real and imaginary part"
    rows.append(Block("up", 2, "decoder 2", "+ encoder 2; transposed 1 × 5 / 2, PReLU", (CHANNELS, frames, halved[0])))
    rows.append(Block("up", 1, "decoder 1", f"+ encoder 1; transposed 1 × 5 / 2, {last}", (2, frames, bands)))
    return rows


BLOCKS: dict[str, Callable[[], list[Block]]] = {
    "wave_u_net": of_wave_u_net,
    "demucs": of_demucs,
    "hdemucs": of_hdemucs,
    "gtcrn": of_gtcrn,
}
