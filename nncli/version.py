"""The version of nncli, which run.json and reports name."""

__version__ = "0.1.0"
