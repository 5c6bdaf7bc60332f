"""Check the numbers recorded by a run against each other, its weights, and a retraining."""
