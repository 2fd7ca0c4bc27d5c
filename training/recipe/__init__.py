"""One command: from a folder of films to published, measured models."""
