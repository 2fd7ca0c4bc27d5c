"""How fast many films are, and how much memory they take."""
