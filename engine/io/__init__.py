"""Decoding and encoding of what visitors bring: pictures, sound, video, tables. Every limit stands in `limits`."""
