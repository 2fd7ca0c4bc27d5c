"""Draws the posters of the invented example films, with Pillow alone.

``canvas`` holds the tools; each other module the posters of one mood; ``posters`` the list of
them all. Positions are in poster units, 300 wide and 440 high. Every poster has its own random
generator, seeded with its name: the same Pillow writes the same bytes on every run.
"""
