"""The tab Catalogue: many films."""
