"""The exception tree: what is written in the module's head is what exists, and users get a cause, a remedy and an exit code."""

import inspect
import re

import pytest

from robo_trader import errors


def classes_of_the_module() -> dict[str, type]:
    return {name: cls for name, cls in vars(errors).items() if inspect.isclass(cls) and cls.__module__ == errors.__name__}


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn = set(re.findall(r"^[ │├└─]*([A-Z][A-Za-z]+)", errors.__doc__.split("\n\n", 1)[1], re.MULTILINE))
    assert drawn == set(classes_of_the_module())


@pytest.mark.parametrize("cls", classes_of_the_module().values(), ids=lambda cls: cls.__name__)
def test_everything_raised_on_purpose_has_one_root(cls: type) -> None:
    assert issubclass(cls, errors.RoboTraderError)
    assert cls.__doc__


@pytest.mark.parametrize("cls", errors.UserError.__subclasses__(), ids=lambda cls: cls.__name__)
def test_a_user_s_error_says_cause_and_remedy_in_one_line_and_exits_as_drawn(cls: type[errors.UserError]) -> None:
    error = cls("fast is -1", "give 1 or more bars")
    assert str(error) == "fast is -1; give 1 or more bars"
    assert (error.cause, error.remedy) == ("fast is -1", "give 1 or more bars")
    drawn = re.search(rf"{cls.__name__}\s+(\d)", errors.__doc__)
    assert drawn is not None
    assert cls.exit_code == int(drawn[1])
