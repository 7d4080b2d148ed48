"""The commands of `tito dev`."""
