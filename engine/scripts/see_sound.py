"""The numbers of the page's pictures of a sound, by torchaudio alone: `python see_sound.py`.

sound.wav is the part that was shown, with half a window of what is around it at each end; settings.json says how it is
looked at. Change them, or put another sound in its place.
"""

import json
import math
import warnings
from pathlib import Path

import soundfile
import torch
import torchaudio

WINDOWS = {
    "hann": torch.hann_window,
    "hamming": torch.hamming_window,
    "blackman": torch.blackman_window,
    "rectangular": torch.ones,
}


def main() -> None:
    """Print resolution, levels, the strongest bin, the strongest mel band, and the mean of each coefficient."""
    settings = json.loads(Path("settings.json").read_text())
    samples, rate = soundfile.read("sound.wav", dtype="float32", always_2d=True)
    sound = torch.from_numpy(samples.T.copy())  # (C, T)
    n, hop = settings["window_length"], settings["hop_length"]
    inside = sound[:, n // 2 : sound.shape[1] - n // 2].double()
    print(f"bins {n // 2 + 1}, {rate / n:.4f} Hz apart")
    print(f"peak {decibels(inside.abs().max().square()):.2f} dBFS, RMS {decibels(inside.square().mean()):.2f} dBFS")
    windows = {"n_fft": n, "hop_length": hop, "window_fn": WINDOWS[settings["window"]], "center": False}
    power = torchaudio.transforms.Spectrogram(**windows, power=2)(sound).mean(0)  # (bins, windows)
    print(f"windows {power.shape[1]}, {1000 * hop / rate:.4f} ms apart")
    full_scale = WINDOWS[settings["window"]](n, dtype=torch.float64).sum() / 2  # |X| of a tone at full scale
    scale = torch.full((n // 2 + 1,), full_scale.item() ** 2)
    scale[0] *= 4
    scale[-1] *= 4 if n % 2 == 0 else 1
    show("strongest bin", power / scale[:, None], torch.arange(len(power)) * rate / n, settings["floor_db"])
    mel = settings["mel"]
    filters = {"n_mels": mel["n_mels"], "f_min": mel["low_hz"], "f_max": min(mel["high_hz"], rate / 2)}
    filters |= {"norm": "slaney" if mel["norm"] == "area" else None, "mel_scale": mel["mel_scale"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a filter that is narrower than a bin may be empty
        transform = torchaudio.transforms.MFCC(rate, mel["n_mfcc"], melkwargs={**windows, **filters})
    weights = transform.MelSpectrogram.mel_scale.fb.T  # (bands, bins)
    bands = (weights / scale) @ power
    show("strongest band", bands, torch.arange(1, len(bands) + 1), settings["floor_db"])
    every = settings["every"]  # of so many windows the page draws one
    drawn = transform.MelSpectrogram(sound).mean(0)[:, settings["first"] :: every]
    levels = transform.amplitude_to_DB(drawn)
    for k, mean in enumerate((transform.dct_mat.T @ levels).mean(1).tolist()):
        print(f"c{k} {mean:.3f}")


def show(name: str, power: torch.Tensor, rows: torch.Tensor, floor_db: float) -> None:
    """Print the row of the highest value, and its level."""
    row = power.amax(1).argmax()
    print(f"{name} {rows[row].item():.6g}, {max(decibels(power.max()), floor_db):.2f} dB")


def decibels(power: torch.Tensor) -> float:
    """Return 10 log₁₀ of a power."""
    return 10 * math.log10(power.item()) if power > 0 else -math.inf


if __name__ == "__main__":
    main()
