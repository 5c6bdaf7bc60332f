"""One BLAS thread for every test: digits may hang on it, and NumPy reads the setting when it is first imported."""

from hypothesis import settings

from nncli import threads

threads.pin(1)

# The first example may import a library, and a busy machine may pause any: no example has a deadline.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
