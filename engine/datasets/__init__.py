"""Data: tables for regression, uploads turned into tables, and the small labelled worlds."""
