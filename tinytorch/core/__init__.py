"""What the modules export; one file per module."""
