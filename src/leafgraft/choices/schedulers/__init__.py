"""Schedulers: how the learning rate moves."""
