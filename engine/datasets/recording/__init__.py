"""What happens to a sound on its way into a file: place in the window, room, microphone, noise, line; all of it drawn.

Both worlds of short sounds (`engine.datasets.spoken_digits`, `engine.datasets.instrument_notes`) are recorded with it.
"""

from engine.datasets.recording.clips import Clips
from engine.datasets.recording.microphone import Recording, recorded

__all__ = ["Clips", "Recording", "recorded"]
