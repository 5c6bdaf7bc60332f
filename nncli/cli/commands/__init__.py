"""The commands, a file each: `train.py` holds the function `train` of `nncli train` (see CONTRIBUTING.md)."""
