"""One BLAS thread for every test: digits may hang on it, and NumPy reads the setting when it is first imported."""

from nncli import threads

threads.pin(1)
