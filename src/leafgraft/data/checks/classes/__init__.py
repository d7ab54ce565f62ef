"""Checks of the classes and their labels."""
