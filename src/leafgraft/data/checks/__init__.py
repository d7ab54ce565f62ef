"""Checks of an audit: one finding per file."""
