"""The folders of a library: which films lie in them, told from the names of files."""
