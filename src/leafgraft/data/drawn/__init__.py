"""Drawn leaves with planted faults, and drawn pictures without a leaf."""
