"""How hard the program is to break: awful input, fuzzing, load, and a machine without network."""
