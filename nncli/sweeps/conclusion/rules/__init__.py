"""The rules of the conclusion, one file for each."""
