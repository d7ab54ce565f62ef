"""Files: study files, the study folder, the cache folder, and predictions."""
