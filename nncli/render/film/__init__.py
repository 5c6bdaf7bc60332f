"""Animations of training: the fit at each snapshot, and the loss up to it."""
