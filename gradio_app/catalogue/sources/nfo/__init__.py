"""The NFO file of a film: read without trust, and changed in its genres alone."""
