"""What a trained network does: heat maps, corruptions, views, features by stage."""
