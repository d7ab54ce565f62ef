"""Predictions of ours and of others, laid on the same rows."""
