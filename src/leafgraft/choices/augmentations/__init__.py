"""Augmentations of training photos, applied per photo in batches on the device."""
