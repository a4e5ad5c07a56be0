"""Notes and short phrases of instruments, played from General MIDI sound fonts, by family.

The fonts and their player are needed only to draw the world; nothing here needs them to be imported.
"""

from engine.datasets.instrument_notes.examples import Batches
from engine.datasets.instrument_notes.families import FAMILIES, LABELS, OTHER, Family
from engine.datasets.instrument_notes.phrases import CLIP_S, SAMPLE_RATE_HZ, phrase

__all__ = ["CLIP_S", "FAMILIES", "LABELS", "OTHER", "SAMPLE_RATE_HZ", "Batches", "Family", "phrase"]
