"""Checks of what the camera made: size, shape, light, sharpness."""
