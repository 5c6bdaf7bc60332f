"""Scripts that a user of pandas and scikit-learn would run instead of the commands of the benchmark `tables`."""
