"""What the page of a study shows, from its files alone."""
