"""Sweeps: many trainings of one experiment, run, continued, and concluded from."""
