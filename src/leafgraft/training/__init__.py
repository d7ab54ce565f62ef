"""Networks, the training loop, the stage cache, and trials."""
