"""Heads on kept features: many trained at once, or solved for."""
