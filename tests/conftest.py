"""Use one BLAS thread in every test: digits may depend on it, and NumPy reads the setting at its first import."""

from hypothesis import settings

from nncli import threads

threads.pin(1)

# No example has a deadline: the first one may import a library, and a busy machine may pause any.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
