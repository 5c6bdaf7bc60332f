"""Tests of nncli; the folders mirror those of the package."""
