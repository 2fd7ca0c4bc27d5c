"""Catalogues that people upload: opened, read, looked at, downloaded, deleted."""
