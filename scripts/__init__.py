"""Programs of the project that a user does not need: `python -m scripts.NAME`."""
