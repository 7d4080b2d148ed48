"""What runs inside the sandbox: the fork server and what locks its children in. Standard library only; it is mounted there."""
