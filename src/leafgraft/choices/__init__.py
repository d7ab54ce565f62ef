"""What a recipe can be made of: one folder per menu, one file per entry."""
