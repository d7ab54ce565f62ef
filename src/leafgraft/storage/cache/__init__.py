"""The cache folder, shared by studies, and what is kept in it."""
