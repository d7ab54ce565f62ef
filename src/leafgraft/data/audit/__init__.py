"""The audit of photos: all checks, sorted by harm."""
