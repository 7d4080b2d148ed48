"""What runs inside the sandbox: the fork server and what shuts its children in, of the standard library only."""
