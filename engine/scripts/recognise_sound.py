"""What both networks make of a second of sound, as the page shows it: `python recognise_sound.py [other.wav]`.

sound.safetensors is the sound that was shown, settings.json says which second of it. Another sound, a WAV of 16 bits,
may be named; its middle is looked at. assets/weights has both networks.
"""

import json
import sys
import wave
from pathlib import Path

import torch
from safetensors.torch import load_file

from engine.sound_recognition.listening import window_of
from engine.sound_recognition.muting import muted
from engine.sound_recognition.shapes import BUILDS

FULL_SCALE = 32768


def main() -> None:
    """Print, for each network, the probability of every class."""
    settings = json.loads(Path("settings.json").read_text())
    if len(sys.argv) > 1:
        waveform, rate = read_wav(sys.argv[1])
        moment_s = waveform.shape[1] / rate / 2
    else:
        waveform, rate = load_file("sound.safetensors")["waveform"], settings["sample_rate"]
        moment_s = settings["moment_s"]
    for name, title in settings["networks"].items():
        network = BUILDS[name]().eval()
        network.load_state_dict(load_file(f"assets/weights/{name}.safetensors"))
        window = window_of(waveform, rate, network.sample_rate, network.window_length, moment_s)
        if settings["mute"]:
            window = muted(window, network.sample_rate, settings["mute"]["span_s"], settings["mute"]["band_hz"])
        with torch.inference_mode():
            probabilities = network(window).softmax(1)[0].tolist()
        for label, probability in zip(settings["labels"], probabilities, strict=True):
            print(f"{title}\t{label}\t{probability:.5f}")


def read_wav(name: str) -> tuple[torch.Tensor, int]:
    """Return the sound (C, T) of a WAV of 16 bits, and its rate in Hz."""
    with wave.open(name) as file:
        samples = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
        return samples.view(-1, file.getnchannels()).T / FULL_SCALE, file.getframerate()


if __name__ == "__main__":
    main()
