"""Strategies: which stages learn, from which epoch, how fast."""
