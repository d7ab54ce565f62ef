"""Checks of the files: unreadable, cut, copied, unusual in format or name."""
