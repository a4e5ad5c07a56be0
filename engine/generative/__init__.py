"""Generative networks: two players on a plane, and networks that make pictures."""
