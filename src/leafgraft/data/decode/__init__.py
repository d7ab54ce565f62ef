"""From the bytes of a photo to pixels, and pixels kept in the cache."""
