"""The invented example films of the web page: their texts, their posters and the poster script."""
