"""Find out why a network does not learn."""
