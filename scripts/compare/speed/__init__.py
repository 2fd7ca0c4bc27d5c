"""What was tried to make it faster (docs/decisions/0024)."""
