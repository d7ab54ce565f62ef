"""Checks of photos of one leaf, and of the split."""
