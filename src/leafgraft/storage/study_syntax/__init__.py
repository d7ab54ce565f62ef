"""What may stand in a study file, and what is said of anything else."""
