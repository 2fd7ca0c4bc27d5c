"""The figures of the models: their schema, and the file that holds them."""
