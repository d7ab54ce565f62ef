"""Measurements behind a diagnosis."""
