"""The instructor's commands: `tito class …`."""
