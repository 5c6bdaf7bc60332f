"""The version of nncli, saved in run.json and shown in reports."""

__version__ = "0.1.0"
