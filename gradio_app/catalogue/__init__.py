"""Many films: tables, posters in folders, ZIP files or uploads, and what is written of them."""
