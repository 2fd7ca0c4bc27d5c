"""A corpus of awful input: files made by code, each with the outcome that is right for it."""
