"""The book: its figures, and a second implementation of its algorithm to hold ours against."""
