"""Photos as training reads them: rows of pixels, in memory or on the device."""
