"""Opens the words in force on the page, saves them, and has the parts inspected with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.manage.sections import Sections
from app.models.state import ModelState
from app.shell.views import Views
from app.vocabulary.model import EditedFamily, composed, edited
from tokenclip_core.errors import TokenClipError
from tokenclip_core.files import write_atomically
from tokenclip_core.resources import resource_path
from tokenclip_core.subspaces.vocabulary import DescriptorVocabulary

if TYPE_CHECKING:
    from app.vocabulary.page import VocabularyPage

SUFFIX = ".toml"


class VocabularyController(QObject):
    """Edits words.

    Attributes:
        page: a section of what is looked after; None before it is seen.
        ask_for_file: (suggested path) the vocabulary to open, or None.
        ask_for_place: (suggested path) where to save, or None.
    """

    def __init__(self, views: Views, sections: Sections, models: ModelState) -> None:
        super().__init__(views)
        self._views, self._models = views, models
        self.page: VocabularyPage | None = None
        self._base: DescriptorVocabulary | None = None
        self._file: Path | None = None
        self._filled_for: str | None = None
        self.ask_for_file: Callable[[Path], Path | None] = self._ask_for_file
        self.ask_for_place: Callable[[Path], Path | None] = self._ask_for_place
        sections.add(
            "vocabulary",
            self.tr("&Vocabulary"),
            self._make,
            self._show_words,
            tip=self.tr("The words that the subspaces are made of: families of defects, for each product its own"),
        )

    @property
    def was_shown(self) -> bool:
        """Whether the page is there, on which words may have been changed and not saved."""
        return self.page is not None

    def _make(self) -> VocabularyPage:
        from app.vocabulary.page import VocabularyPage

        self.page = VocabularyPage((), apply=self._use, open_other=self._open_other)
        return self.page

    def _show_words(self) -> None:
        """Show the words in force; the bundled ones where there are none.

        What was changed, or opened from elsewhere, and not saved stays while the same words are in force.
        """
        named = self._models.in_use.vocabulary
        if self._base is not None and named == self._filled_for:
            return
        file = Path(named) if named else None
        families = self._read(file or resource_path("descriptors") / f"default{SUFFIX}")
        if families is not None and self.page is not None:
            self._file, self._filled_for = file, named
            self.page.show_families(families)

    def _read(self, file: Path) -> tuple[EditedFamily, ...] | None:
        try:
            self._base = DescriptorVocabulary.from_file(file)
        except TokenClipError as error:
            self._views.message.say(self.tr("The vocabulary could not be opened: {message}").format(message=error))
            return None
        return edited(self._base)

    def _open_other(self) -> None:
        chosen = self.ask_for_file(self._file or Path.home())
        families = None if chosen is None else self._read(chosen)
        if families is not None and self.page is not None:
            self._file = chosen
            self.page.show_families(families)

    def _use(self, families: Sequence[EditedFamily]) -> str:
        if self._base is None:
            return ""
        try:
            vocabulary = composed(self._base, families)
        except TokenClipError as error:
            return str(error)
        file = self.ask_for_place(self._file or Path.home() / f"{self.tr('vocabulary')}{SUFFIX}")
        if file is None:
            return ""
        file = file if file.suffix == SUFFIX else file.with_name(file.name + SUFFIX)
        try:
            write_atomically(file, vocabulary.to_text().encode("utf-8"))
        except OSError as error:
            return self.tr("{file} can't be written ({reason})").format(file=file, reason=error.strerror)
        self._file, self._filled_for = file, str(file)
        self._models.take(replace(self._models.in_use, checkpoint="", vocabulary=str(file)))
        return ""

    def _ask_for_file(self, suggested: Path) -> Path | None:
        kinds = self.tr("Vocabularies ({pattern})").format(pattern=f"*{SUFFIX}")
        chosen, _ = QFileDialog.getOpenFileName(self.page, self.tr("Open a vocabulary"), str(suggested), kinds)
        return Path(chosen) if chosen else None

    def _ask_for_place(self, suggested: Path) -> Path | None:
        kinds = self.tr("Vocabularies ({pattern})").format(pattern=f"*{SUFFIX}")
        chosen, _ = QFileDialog.getSaveFileName(self.page, self.tr("Save the vocabulary"), str(suggested), kinds)
        return Path(chosen) if chosen else None
