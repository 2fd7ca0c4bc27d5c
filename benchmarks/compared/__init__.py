"""What the app is compared with: other programs, with the same weights or for the same purpose."""
