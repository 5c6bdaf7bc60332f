"""Remedies: find settings with which a network learns, by trying them."""
