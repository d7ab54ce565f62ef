"""The fit of one trial: loop, early stopping, checkpoint, predictions."""
