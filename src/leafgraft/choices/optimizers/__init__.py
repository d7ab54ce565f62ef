"""Optimizers: how weights move."""
