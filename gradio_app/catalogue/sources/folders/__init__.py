"""The folders of a library: which films lie in them, read from the names of files."""
