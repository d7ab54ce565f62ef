"""What a trial will cost, in seconds and bytes."""
