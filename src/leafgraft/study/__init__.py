"""The line from photos to report, stage by stage."""
