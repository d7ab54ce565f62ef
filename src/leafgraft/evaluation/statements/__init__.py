"""What may be said of recipes: flags, claims, the recommendation."""
