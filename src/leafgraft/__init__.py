"""Graft a pretrained network onto your leaf photos, and find out honestly which graft takes."""

__version__ = "0.1.0"
