"""Which photos people are asked about: those to label, and those to review."""
