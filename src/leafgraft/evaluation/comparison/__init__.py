"""Which recipes are really better: pairs, all at once, tiers."""
