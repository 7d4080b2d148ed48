"""tito: the command line of the course, over parts that work without it."""
