"""Spoken digits: zero to nine, said by synthetic voices of three programs, and other words that are no digits.

The programs (espeak-ng, flite, festival) are needed only to draw the world; nothing here needs them to be imported.
"""

from engine.datasets.spoken_digits.examples import Batches, mostly_gone
from engine.datasets.spoken_digits.voices import Voice, voices
from engine.datasets.spoken_digits.words import DIGITS, LABELS, OTHER, OTHER_WORDS

__all__ = ["DIGITS", "LABELS", "OTHER", "OTHER_WORDS", "Batches", "Voice", "mostly_gone", "voices"]
