"""Measures of how good a result is, one module per task."""
