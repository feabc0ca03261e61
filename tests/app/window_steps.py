"""What several tests of the window do and wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest
from PySide6 import QtWidgets
from PySide6.QtCore import QObject, QPointF, Qt, QTranslator
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from window_fakes import WAIT

from app.compare.canvas import LinkedCanvas
from app.parts.shown import ShownPart
from app.parts.state import Session
from app.shell.assembly import translate
from app.shell.views import Views
from app.work.work import Work

_PARTS_OF_OTHERS = (QtWidgets.QHeaderView, QtWidgets.QScrollBar)

_CONTROLS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QAbstractItemView,
    QtWidgets.QAbstractSlider,
    QtWidgets.QAbstractSpinBox,
    QtWidgets.QComboBox,
    QtWidgets.QGraphicsView,
    QtWidgets.QHeaderView,
    QtWidgets.QLineEdit,
    QtWidgets.QPlainTextEdit,
    QtWidgets.QScrollBar,
    QtWidgets.QTabBar,
)


def blank(qtbot: QtBot, width: int, height: int) -> QtWidgets.QWidget:
    """An empty widget of a size in pixels, on which a small one lies."""
    made = QtWidgets.QWidget()
    qtbot.addWidget(made)
    made.resize(width, height)
    return made


class Inspecting(Protocol):
    """Where parts are inspected: the whole window, or a feature's desk."""

    @property
    def session(self) -> Session: ...
    @property
    def work(self) -> Work: ...
    @property
    def shown(self) -> ShownPart: ...
    @property
    def views(self) -> Views: ...
    @property
    def window(self) -> QtWidgets.QWidget: ...


def choose(box: QtWidgets.QComboBox, value: object) -> None:
    """Choose an entry as a person does; what the program sets by itself is no choice."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def named(control: QtWidgets.QWidget) -> bool:
    """Whether a screen reader has something to say of a control."""
    text = getattr(control, "text", None)
    own = text() if callable(text) and isinstance(control, QtWidgets.QAbstractButton) else ""
    return bool(control.accessibleName() or own)


def a_part_of_another(control: QtWidgets.QWidget) -> bool:
    """The line within a box, a header within a table, the arrows of tabs: their owner has the name."""
    owner: QObject | None = control.parent()
    while owner is not None:
        if isinstance(
            owner,
            (
                QtWidgets.QAbstractSpinBox,
                QtWidgets.QComboBox,
                QtWidgets.QTabBar,
                QtWidgets.QAbstractItemView,
                QtWidgets.QLineEdit,
                QtWidgets.QDialogButtonBox,
            ),
        ):
            return True
        owner = owner.parent()
    # Qt's own, seen where a bar is too narrow for its entries.
    return isinstance(control, _PARTS_OF_OTHERS) or control.objectName().endswith("_ext_button")


def _owners(control: QtWidgets.QWidget) -> list[str]:
    found = []
    owner = control.parentWidget()
    while owner is not None:
        found.append(type(owner).__name__)
        owner = owner.parentWidget()
    return found


def shown(assembly: Inspecting, qtbot: QtBot, name: str | None = None) -> None:
    """Wait until a part is shown with its result."""

    def ready() -> bool:
        part = assembly.session.current_part
        right = part is not None and (name is None or part.name == name)
        inspection = assembly.shown
        return (
            right
            and inspection.result is not None
            and inspection.threshold_view is not None
            and (inspection.picture is not None)
        )

    qtbot.waitUntil(ready, timeout=WAIT)


def texts(assembly: Inspecting) -> list[str]:
    """What the labels say that are seen."""
    return [label.text() for label in assembly.window.findChildren(QtWidgets.QLabel) if label.isVisible()]


def pixel(canvas: LinkedCanvas, x: float, y: float) -> QColor:
    place = canvas.mapFromScene(QPointF(x, y))
    return canvas.grab().toImage().pixelColor(place * canvas.devicePixelRatioF())


def both(assembly: Inspecting) -> tuple[LinkedCanvas, LinkedCanvas]:
    left, right = assembly.views.compare.panes
    return left.canvas, right.canvas


def compared(assembly: Inspecting, qtbot: QtBot) -> None:
    """Wait until both panes have their results."""
    panes = assembly.views.compare.panes
    qtbot.waitUntil(
        lambda: (
            all(pane.canvas.isVisible() and not pane.canvas.area.isEmpty() and not pane.notice for pane in panes)
            and assembly.work.display.idle
        ),
        timeout=WAIT,
    )


def same_place(left: LinkedCanvas, right: LinkedCanvas) -> bool:
    one, other = left.place, right.place
    assert one is not None
    assert other is not None
    across = abs(one.across - other.across) * right.area.width() * right.zoom
    down = abs(one.down - other.down) * right.area.height() * right.zoom
    return across <= 1.5 and down <= 1.5 and one.scale == pytest.approx(other.scale, rel=1e-6)


def nameless(root: QtWidgets.QWidget) -> list[str]:
    """Controls without a name, with what they lie in."""
    return [
        f"{type(control).__name__} in {' < '.join(_owners(control))}"
        for control in root.findChildren(QtWidgets.QWidget)
        if isinstance(control, _CONTROLS) and not a_part_of_another(control) and not named(control)
    ]


def unreached(root: QtWidgets.QWidget, qtbot: QtBot) -> list[str]:
    """Usable controls of a window that neither Tab comes to nor a key or a menu stands for."""
    root.activateWindow()
    qtbot.waitUntil(root.isActiveWindow, timeout=WAIT)
    root.setFocus()
    reached = set[QObject]()
    focus: QtWidgets.QWidget | None = root
    while focus is not None and focus not in reached:
        reached.add(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
        focus = QtWidgets.QApplication.focusWidget()
    for widget in list(reached):
        # What lies in a control has the focus in its place.
        owner = widget.parent()
        while owner is not None:
            reached.add(owner)
            owner = owner.parent()
    return [
        f"{type(control).__name__} {control.accessibleName()!r}"
        for control in root.findChildren(QtWidgets.QWidget)
        if isinstance(control, _CONTROLS) and control.isVisible() and control.isEnabled() and control.window() is root
        and not a_part_of_another(control) and control not in reached and not _stood_for(control)
    ]  # fmt: skip


def _stood_for(control: QtWidgets.QWidget) -> bool:
    """Whether arrows come to a control from its neighbour, or a key or a menu does what it does."""
    if isinstance(control, QtWidgets.QRadioButton):
        return not control.isChecked()
    action = control.defaultAction() if isinstance(control, QtWidgets.QToolButton) else None
    menus = () if action is None else action.associatedObjects()
    return action is not None and (bool(action.shortcuts()) or any(isinstance(menu, QtWidgets.QMenu) for menu in menus))


def settled(assembly: Inspecting, qtbot: QtBot) -> None:
    """Wait until both models have spoken of the shown part, and the threads rest."""
    compared(assembly, qtbot)
    qtbot.waitUntil(lambda: assembly.work.inference.idle, timeout=WAIT)


@contextmanager
def speaking(application: QtWidgets.QApplication, language: str) -> Iterator[None]:
    """Within the block the program has a language, as it takes it at the start."""
    before, font = set(application.findChildren(QTranslator)), application.font()
    translate(application, language)
    yield
    application.setFont(font)
    for translator in set(application.findChildren(QTranslator)) - before:
        application.removeTranslator(translator)
        translator.deleteLater()
