"""Copies what is seen, and shows files where they lie: the context menus of canvas, list and gallery."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, QRect
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas.canvas import Canvas
from app.parts.shown import ShownPart
from app.parts.state import Session
from app.shell.actions import Action, Actions, When
from app.shell.stage import Stage
from app.shell.views import Views
from app.widgets.context_menu import MenuEntry, attach_menu
from app.widgets.places import open_place
from app.widgets.qimage import argb_image


class CopyingController(QObject):
    """Offers the menus and does what they say.

    Attributes:
        reveal: opens a file's folder.
    """

    def __init__(self, session: Session, views: Views, actions: Actions, stage: Stage, shown: ShownPart) -> None:
        super().__init__(views)
        self._session, self._views, self._actions = session, views, actions
        self._stage, self._shown = stage, shown
        self.reveal: Callable[[Path], object] = open_folder_of
        self._cursor: tuple[int, int] | None = None
        views.canvas.cursor_moved.connect(self._on_cursor)
        actions.declare(
            Action(
                "copy-image",
                self.tr("&Copy the image as shown"),
                self.copy_image,
                keys=(QKeySequence.StandardKey.Copy,),
            ),
            Action("copy-value", self.tr("Copy the &value here"), self.copy_value, keys=("Ctrl+Shift+C",)),
            when=When.PARTS,
        )
        attach_menu(views.canvas, self._on_canvas)
        attach_menu(views.parts.view, self._on_parts, keep_choice=True)
        attach_menu(views.gallery.view, self._on_gallery)
        for pane in views.compare.panes:
            attach_menu(pane.canvas, partial(self._on_pane, pane.canvas))

    def copy_image(self) -> None:
        """Copy the canvas as it is shown: the part under its layers."""
        shown: QWidget = self._views.compare if self._stage.comparing else self._views.canvas.viewport()
        if self._session.current_part is not None and shown.isVisible():
            self._copy_picture(shown.grab() if self._stage.comparing else part_of_canvas(self._views.canvas))

    def copy_value(self) -> None:
        """Copy the map's value under the cursor."""
        value = self._value()
        if value is None:
            self._views.status.show_activity(self.tr("Point at a place of an inspected part to copy its value"))
        else:
            self._copy_text(value)

    def _value(self) -> str | None:
        result, cursor = self._shown.result, self._cursor
        if result is None or cursor is None:
            return None
        x, y = cursor
        if not (0 <= y < result.anomaly_map.shape[0] and 0 <= x < result.anomaly_map.shape[1]):
            return None
        return f"{float(result.anomaly_map[y, x]):.4f}"

    def _on_cursor(self, x: int, y: int) -> None:
        # The menu takes the cursor off the canvas: the place before is the one that was meant.
        if x >= 0:
            self._cursor = (x, y)

    def _on_canvas(self, _place: QPoint) -> list[MenuEntry]:
        part = self._session.current_part
        if part is None:
            return []
        value = self._value()
        words = self.tr("Copy the value here")
        if value is not None:
            words = self.tr("Copy the value {value}").format(value=value)
        pinned = self._views.canvas.pinned is not None and self._shown.result is not None
        return [
            MenuEntry(self.tr("Copy the image as shown"), self.copy_image),
            MenuEntry(words, None if value is None else self.copy_value),
            *self._of_file(part.path),
            MenuEntry(),
            MenuEntry(self.tr("Find patches like the pinned one"), self._run("search") if pinned else None),
            MenuEntry(self.tr("Compare two layers"), self._run("compare-layers")),
            MenuEntry(self.tr("Compare with the part before"), self._run("compare-previous")),
            MenuEntry(self.tr("Compare two models"), self._run("compare-models")),
        ]

    def _on_pane(self, canvas: Canvas, _place: QPoint) -> list[MenuEntry]:
        return [
            MenuEntry(self.tr("Copy both as shown"), self.copy_image),
            MenuEntry(self.tr("Copy this one as shown"), lambda: self._copy_picture(part_of_canvas(canvas))),
            MenuEntry(),
            MenuEntry(self.tr("End the comparison"), self._run("end-comparison")),
        ]

    def _on_parts(self, place: QPoint) -> list[MenuEntry]:
        view = self._views.parts.view
        index = view.indexAt(place)
        # By the keyboard, the menu belongs to the chosen row wherever it opens.
        index = index if index.isValid() else view.currentIndex()
        if not index.isValid():
            return []
        number = self._views.parts.model.part_at(index.row())
        part = self._session.parts[number]
        other = number != self._session.current and part.error is None
        thumbnail = self._views.parts.model.thumbnail(number)
        return [
            MenuEntry(
                self.tr("Compare the shown part with this one"),
                (lambda: self._views.compare.part_wanted.emit(number)) if other else None,
            ),
            MenuEntry(),
            MenuEntry(
                self.tr("Copy the thumbnail"),
                None if thumbnail is None else lambda: self._copy_picture(QPixmap.fromImage(thumbnail)),
            ),
            *self._of_file(part.path),
        ]

    def _on_gallery(self, place: QPoint) -> list[MenuEntry]:
        view = self._views.gallery.view
        tile = view.tile_at(view.indexAt(place)) or view.tile_at(view.currentIndex())
        if tile is None:
            return []
        crop = argb_image(tile.crop.pixels)
        return [
            MenuEntry(self.tr("Show it in its part"), lambda: self._views.gallery.view.tile_chosen.emit(tile)),
            MenuEntry(),
            MenuEntry(self.tr("Copy the patch"), lambda: self._copy_picture(QPixmap.fromImage(crop))),
            MenuEntry(
                self.tr("Copy the value {value}").format(value=f"{tile.value:.4f}"),
                lambda: self._copy_text(f"{tile.value:.4f}"),
            ),
            *self._of_file(tile.place.path),
        ]

    def _run(self, name: str) -> Callable[[], object]:
        return partial(self._actions.run, name)

    def _of_file(self, path: str) -> list[MenuEntry]:
        return [
            MenuEntry(self.tr("Copy the path"), lambda: self._copy_text(path)),
            MenuEntry(self.tr("Show the file in its folder"), lambda: self._show_file(path)),
        ]

    def _show_file(self, path: str) -> None:
        if Path(path).parent.is_dir():
            self.reveal(Path(path))
        else:
            text = self.tr("The folder {folder} is not there any more").format(folder=str(Path(path).parent))
            self._views.status.show_activity(text)

    def _copy_text(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._views.status.show_activity(self.tr("Copied: {text}").format(text=text))

    def _copy_picture(self, picture: QPixmap) -> None:
        data = QMimeData()
        # Without the screen's ratio, or other programs paste it at half its size.
        image: QImage = picture.toImage()
        image.setDevicePixelRatio(1.0)
        data.setImageData(image)
        QGuiApplication.clipboard().setMimeData(data)
        size = f"{image.width()} × {image.height()}"
        self._views.status.show_activity(self.tr("Copied a picture of {size} pixels").format(size=size))


def part_of_canvas(canvas: Canvas) -> QPixmap:
    """The canvas as shown, without what lies beside the part."""
    shown = canvas.shown_area
    return canvas.viewport().grab(shown if not shown.isEmpty() else QRect(canvas.viewport().rect()))


def open_folder_of(path: Path) -> bool:
    """Open a file's folder in the system's file manager; whether the system took it."""
    return open_place(path.parent)
