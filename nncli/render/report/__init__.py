"""A report of runs as one HTML file that needs nothing else: to hand in, to print, to read on a phone."""
