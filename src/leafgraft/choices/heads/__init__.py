"""Heads: pooled features to class logits."""
