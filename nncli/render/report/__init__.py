"""Reports of runs, each a self-contained HTML file."""
