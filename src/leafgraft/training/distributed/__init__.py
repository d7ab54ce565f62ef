"""One trial over several devices."""
