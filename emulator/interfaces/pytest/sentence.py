"""How a test fails here: with one sentence."""

from typing import NoReturn

import pytest


def fail(sentence: str) -> NoReturn:
    """Fail the test with a sentence: no traceback, and none of the exception that is being handled, whose words it has."""
    raise pytest.fail.Exception(sentence, pytrace=False) from None
