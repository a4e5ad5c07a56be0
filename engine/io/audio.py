"""Sound: bytes to a waveform, and back.

Conventions: a waveform is float32 (C, T) with full scale at [-1, 1]; times in seconds from the first sample of the
file; sample rates in Hz. An integer sample k of b bits becomes k / 2^(b-1), so that WAV and FLAC are exact.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from engine.errors import InvalidInput, ResourceLimit, ShapeError, constraint
from engine.io import limits
from engine.io.containers import decode_packets, length_s, open_container, unreadable

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_SUBTYPES = {"wav": "PCM_16", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III", "float": "FLOAT"}
_BLOCK = 65_536  # samples handed over at once; Vorbis overflows its stack when it is given a whole song


@dataclass(frozen=True)
class AudioInfo:
    """What a sound file says of itself.

    Attributes:
        sample_rate_hz: samples a second.
        n_channels: 1 is mono, 2 is stereo.
        duration_s: length as declared; 0 where the file does not tell.
        codec: libav's name of the coding, such as "pcm_s16le", "mp3" or "aac".
    """

    sample_rate_hz: int
    n_channels: int
    duration_s: float
    codec: str


def probe_audio(data: bytes, name: str) -> AudioInfo:
    """Read a sound file's description without decoding it.

    Raises:
        InvalidInput: no sound in it, or not a sound file.
        ResourceLimit: sample rate, channels or file size beyond the limits; the length is not judged here.
    """
    shown = limits.check_upload(data, name)
    with open_container(data, shown, "audio") as container:
        return _describe(container, _sound_of(container, shown), shown)


def decode_audio(
    data: bytes,
    name: str,
    sample_rate: int | None = None,
    mono: bool = False,
    start_s: float = 0.0,
    duration_s: float | None = None,
    max_duration_s: float = limits.MAX_AUDIO_DURATION_S,
) -> tuple[Tensor, int]:
    """Decode a sound file, or the sound of a video, whole or in part.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        sample_rate: resample to this rate in Hz; None keeps the file's own.
        mono: average the channels.
        start_s: where to begin.
        duration_s: how much to decode; None decodes to the end.
        max_duration_s: the last moment that may be asked for; a longer file is refused unless a part is asked for.

    Returns:
        (waveform, sample_rate): float32 (C, T), and its rate in Hz.

    Raises:
        InvalidInput: no sound, damaged, or nothing after `start_s`.
        ResourceLimit: too long, too many channels, a sample rate outside the limits, or too large when decoded.
    """
    if sample_rate is not None:
        _check_sample_rate("sample_rate", sample_rate)
    if not 0 <= start_s < math.inf or (duration_s is not None and not 0 < duration_s < math.inf):
        raise InvalidInput(constraint("The part to decode", "start_s ≥ 0 and duration_s > 0", (start_s, duration_s)))
    shown = limits.check_upload(data, name)
    end_s = math.inf if duration_s is None else start_s + duration_s
    with open_container(data, shown, "audio") as container:
        stream = _sound_of(container, shown)
        info = _describe(container, stream, shown)
        _check_length(info, start_s, min(end_s, info.duration_s), mono, sample_rate, max_duration_s)
        blocks = _blocks(container, stream, info)
        waveform = _collect(blocks, info, (start_s, end_s), mono, sample_rate, max_duration_s)
    if not waveform.shape[1]:
        if start_s > 0:
            raise InvalidInput(constraint("start_s", "before the end of the sound", start_s, "Choose an earlier part."))
        raise unreadable(shown, "audio")
    if not np.isfinite(waveform).all():
        raise InvalidInput(constraint("The sound", "made of finite numbers", "NaN or infinity", "Export it again."))
    return torch.from_numpy(_resample(waveform, info.sample_rate_hz, sample_rate)), sample_rate or info.sample_rate_hz


def encode_audio(waveform: Tensor, sample_rate: int, format: Literal["wav", "flac", "ogg", "mp3"] = "wav") -> bytes:
    """Encode a waveform; WAV and FLAC with 16 bits, values outside [-1, 1] cut to the range.

    Args:
        waveform: float (C, T) or (T,).
        sample_rate: in Hz; MP3 knows only 8 to 48 kHz.
        format: "wav", "flac", "ogg" (Vorbis) or "mp3".

    Raises:
        ShapeError: not (C, T) or (T,), or more than 8 channels.
        InvalidInput: NaN or infinite values, an unknown format, or a rate or channel count that the format lacks.
    """
    return encode_blocks([waveform], sample_rate, format)


def encode_blocks(blocks: Iterable[Tensor], sample_rate: int, format: str = "wav") -> bytes:
    """Encode a sound that comes in blocks, each (C, n), as `encode_audio` would encode all of it.

    The format "float" is WAV with float32 samples, which are kept to the last bit.

    Raises:
        ShapeError, InvalidInput: as `encode_audio`; or there is no block.
    """
    import soundfile

    if format not in _SUBTYPES:
        raise InvalidInput(constraint("format", f"one of {', '.join(_SUBTYPES)}", format))
    _check_sample_rate("sample_rate", sample_rate)
    buffer, out, samples = io.BytesIO(), None, None
    try:
        for block in blocks:
            samples = _interleaved(block)  # (T, C)
            if _SUBTYPES[format] == "PCM_16":
                samples = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
            out = out or soundfile.SoundFile(
                buffer,
                "w",
                sample_rate,
                samples.shape[1],
                _SUBTYPES[format],
                format="WAV" if format == "float" else format.upper(),
            )
            for start in range(0, len(samples), _BLOCK):
                out.write(samples[start : start + _BLOCK])
    except soundfile.LibsndfileError as error:
        got = f"{samples.shape[1]} channels at {sample_rate} Hz"
        advice = "Choose WAV, or another sample rate."
        raise InvalidInput(constraint("The sound", f"of a kind that {format} can hold", got, advice)) from error
    finally:
        if out is not None:
            out.close()
    if out is None:
        raise InvalidInput(constraint("The sound", "more than 0 samples long", "no block"))
    return buffer.getvalue()


def _interleaved(waveform: Tensor) -> np.ndarray:
    if waveform.ndim == 1:
        waveform = waveform[None]
    if waveform.ndim != 2 or not 1 <= waveform.shape[0] <= limits.MAX_AUDIO_CHANNELS or not waveform.shape[1]:
        bound = f"of shape (C, T) with 1 to {limits.MAX_AUDIO_CHANNELS} channels"
        raise ShapeError(constraint("waveform", bound, tuple(waveform.shape)))
    if not waveform.is_floating_point() or not torch.isfinite(waveform).all():
        raise InvalidInput(constraint("waveform", "finite floating-point values", str(waveform.dtype)))
    return waveform.detach().to("cpu", torch.float32).clamp(-1, 1).T.contiguous().numpy()


def _sound_of(container: InputContainer, name: str) -> AudioStream:
    if not container.streams.audio:
        advice = "It holds no sound: choose a file that does."
        raise InvalidInput(constraint("The file", "one with sound in it", name, advice))
    return container.streams.audio[0]


def _describe(container: InputContainer, stream: AudioStream, name: str) -> AudioInfo:
    codec = stream.codec_context
    if codec is None or not codec.sample_rate or not codec.layout.nb_channels:
        raise unreadable(name, "audio")
    _check_sample_rate("The sample rate", codec.sample_rate)
    n_channels = codec.layout.nb_channels
    if n_channels > limits.MAX_AUDIO_CHANNELS:
        bound = f"at most {limits.MAX_AUDIO_CHANNELS} channels"
        raise ResourceLimit(constraint("The sound", bound, n_channels, "Mix it down to stereo."))
    return AudioInfo(codec.sample_rate, n_channels, length_s(container, stream), codec.codec.canonical_name)


def _check_sample_rate(what: str, rate_hz: int) -> None:
    if not limits.MIN_SAMPLE_RATE_HZ <= rate_hz <= limits.MAX_SAMPLE_RATE_HZ:
        bound = f"from {limits.MIN_SAMPLE_RATE_HZ / 1000:g} to {limits.MAX_SAMPLE_RATE_HZ / 1000:g} kHz"
        raise ResourceLimit(constraint(what, bound, f"{rate_hz} Hz", "Convert the sound to 44.1 kHz."))


def _check_length(
    info: AudioInfo, start_s: float, end_s: float, mono: bool, sample_rate: int | None, max_duration_s: float
) -> None:
    if end_s > max_duration_s:
        raise _too_long(f"{end_s:.0f} s", max_duration_s)
    rate_hz = max(info.sample_rate_hz, sample_rate or 0)
    n_bytes = (end_s - start_s) * rate_hz * (1 if mono else info.n_channels) * 4
    if n_bytes > limits.MAX_AUDIO_BYTES:
        raise _too_large(n_bytes)


def _too_long(got: str, max_duration_s: float) -> ResourceLimit:
    bound = f"at most {max_duration_s:g} s long"
    return ResourceLimit(constraint("The sound", bound, got, "Cut out the part you want."))


def _too_large(n_bytes: float) -> ResourceLimit:
    bound = f"at most {limits.MAX_AUDIO_BYTES / 1e6:g} MB when decoded"
    return ResourceLimit(constraint("The sound", bound, f"{n_bytes / 1e6:.0f} MB", "Cut out the part you want."))


def _collect(
    blocks: Iterator[np.ndarray],
    info: AudioInfo,
    span_s: tuple[float, float],
    mono: bool,
    sample_rate: int | None,
    max_duration_s: float,
) -> np.ndarray:
    """Join the samples of a span, counting them against the limits as they come."""
    growth = max(1.0, (sample_rate or 0) / info.sample_rate_hz)
    start, stop = (round(min(t, 1e9) * info.sample_rate_hz) for t in span_s)
    declared = min(stop, round(min(info.duration_s, max_duration_s) * info.sample_rate_hz)) - start
    joined = _Joined(1 if mono else info.n_channels, max(declared, _BLOCK))
    position, n_bytes = 0, 0.0
    for block in blocks:  # (C, T)
        part = block[:, max(start - position, 0) : max(stop - position, 0)]
        part = part.mean(axis=0, keepdims=True) if mono else part
        position += block.shape[1]
        n_bytes += part.nbytes * growth
        if n_bytes > limits.MAX_AUDIO_BYTES:
            raise _too_large(n_bytes)
        joined.add(part)
        if position >= stop:
            break
        if position > max_duration_s * info.sample_rate_hz:
            raise _too_long("more", max_duration_s)
    return joined.samples()


class _Joined:
    """Samples (C, T) one behind the other, in memory taken once: what a header declares is no more than a guess."""

    def __init__(self, n_channels: int, n_expected: int) -> None:
        most = int(limits.MAX_AUDIO_BYTES / (4 * n_channels))
        self._room, self._n = np.empty((n_channels, min(n_expected, most)), np.float32), 0

    def add(self, part: np.ndarray) -> None:
        end = self._n + part.shape[1]
        while end > self._room.shape[1]:
            self._room = np.concatenate([self._room, np.empty_like(self._room)], axis=1)
        self._room[:, self._n : end] = part
        self._n = end

    def samples(self) -> np.ndarray:
        return np.ascontiguousarray(self._room[:, : self._n])  # no copy where the header was right


def _blocks(container: InputContainer, stream: AudioStream, info: AudioInfo) -> Iterator[np.ndarray]:
    """Yield samples (C, T), many frames at once: an MP3 of ten minutes has 23,000 of them."""
    from av import AudioFifo

    fifo, format = AudioFifo(), None
    for frame in decode_packets(container, stream):
        format = format or frame.format.name
        described = (frame.sample_rate, frame.layout.nb_channels, frame.format.name)
        if described != (info.sample_rate_hz, info.n_channels, format):
            got = f"{frame.layout.nb_channels} channels at {frame.sample_rate} Hz later on"
            raise InvalidInput(constraint("The sound", "of one sample rate throughout", got, "Convert it to WAV."))
        frame.pts = None  # gaps between frames are not filled
        fifo.write(frame)
        if fifo.samples >= _BLOCK:
            yield _to_float(fifo.read())
    if fifo.samples:
        yield _to_float(fifo.read())


def _to_float(frame: AudioFrame) -> np.ndarray:
    samples = frame.to_ndarray()  # planar (C, T), or packed (1, T·C)
    if frame.format.is_packed:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if samples.dtype.kind == "i":
        return (samples / 2.0 ** (8 * samples.dtype.itemsize - 1)).astype(np.float32)
    return samples.astype(np.float32)


def _resample(waveform: np.ndarray, rate_hz: int, new_rate_hz: int | None) -> np.ndarray:
    if new_rate_hz is None or new_rate_hz == rate_hz:
        return waveform
    from scipy.signal import resample_poly

    divisor = math.gcd(rate_hz, new_rate_hz)
    return resample_poly(waveform, new_rate_hz // divisor, rate_hz // divisor, axis=1).astype(np.float32)
