"""What the core says to people in the languages of the window; what a table lacks stays English."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Self

from tokenclip_core.resources import resource_path
from tokenclip_core.small_files import read_small_json

ENGLISH = "en"
MOST_BYTES = 2**20

Translate = Callable[..., str]
"""(phrase, values by name): the phrase in a language, with its values put in."""


class Phrase(str):
    """An English sentence that can be said in other languages, too; elsewhere it is text like any other.

    Attributes:
        phrase: the sentence as tables have it, with names in braces.
        values: what is put there.
    """

    __slots__ = ("phrase", "values")

    phrase: str
    values: dict[str, Any]

    def __new__(cls, phrase: str, **values: Any) -> Self:
        """Put the values into the phrase."""
        made = super().__new__(cls, phrase.format(**values) if values else phrase)
        made.phrase, made.values = phrase, values
        return made


def said_in(words: str, translate: Translate) -> str:
    """Words in another language, as far as they are a phrase; what is not stays as it is."""
    return translate(words.phrase, **words.values) if isinstance(words, Phrase) else words


@cache
def translator(language: str) -> Translate:
    """A function that puts phrases into a language.

    Args:
        language: such as ``zh_CN``; one that there is no table of is English.
    """
    table = _table(language)

    def translate(phrase: str, **values: Any) -> str:
        words = table.get(phrase, phrase)
        return words.format(**values) if values else words

    return translate


def page_language(language: str) -> str:
    """A language as pages call it, such as ``zh-CN``."""
    return language.replace("_", "-") if _table(language) else ENGLISH


@cache
def _table(language: str) -> dict[str, str]:
    if not language.replace("_", "").isalnum():
        return {}
    file = resource_path("report", f"{language}.json")
    return dict(read_small_json(file, MOST_BYTES)) if file.is_file() else {}
