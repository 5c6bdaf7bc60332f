"""The rules, one cause each; every module registers its own."""
