"""Where films come from: tables, libraries, and their posters in folders, ZIP files or uploads."""
