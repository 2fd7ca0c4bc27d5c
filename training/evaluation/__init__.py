"""Figures of exported models beside baselines, with intervals, as a page and as JSON."""
