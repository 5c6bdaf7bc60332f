"""The commands, one file each: `nncli train` is the function `train` in `train.py` (see CONTRIBUTING.md)."""
