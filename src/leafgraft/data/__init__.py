"""Photos: scanned, audited, grouped, split, decoded."""
