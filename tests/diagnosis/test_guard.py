import pytest

from nncli.diagnosis.guard import bugs_as_warnings


def test_exceptions_become_warnings() -> None:
    message = r"a bug of nncli: cannot diagnose the run: ValueError\('odd'\)"
    with pytest.warns(RuntimeWarning, match=message), bugs_as_warnings("diagnose the run"):
        raise ValueError("odd")


def test_interrupts_end_the_program() -> None:
    with pytest.raises(KeyboardInterrupt), bugs_as_warnings("diagnose the run"):
        raise KeyboardInterrupt
