"""Film genres from a poster and an overview, offline, on a CPU."""
