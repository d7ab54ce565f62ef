"""Pretrained networks as named stages."""
