"""Frozen stages: what they give is computed once, in one engine, and kept."""
