"""Quick tests: short trainings and a baseline that decide between causes of bad learning."""

from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest
from nncli.remedies.quick_tests.run import TESTS, quick_tests

__all__ = ["TESTS", "QuickResult", "QuickTest", "quick_tests"]
