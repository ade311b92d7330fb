"""What an exception says, whoever wrote it: foreign code may raise objects that cannot even say what they are."""

from __future__ import annotations


def message_of(error: BaseException) -> str:
    """`str(error)`, or a note that there is none."""
    try:
        return str(error)
    except BaseException as again:  # foreign code runs in __str__
        return f"(its message cannot be read: {type(again).__name__})"


def first_line(error: BaseException, limit: int = 400) -> str:
    """One line that names the exception and says its message."""
    text = " ".join(message_of(error).split())
    return f"{type(error).__name__}: {text}"[:limit]
