"""Searches for settings and for learning rates."""
