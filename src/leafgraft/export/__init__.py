"""The bundle: one graph with the preprocessing inside."""
