"""Checks of what tells the class without the leaf."""
