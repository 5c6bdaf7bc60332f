"""All numbers that a run states, compared with one another and with those of a retraining."""
