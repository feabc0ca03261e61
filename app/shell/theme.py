"""Colours, palette, style sheet and icons of the light and the dark theme.

Text on any of these backgrounds has a contrast of at least 4.5 : 1 (a test computes it).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

from tokenclip_core.resources import resource_path


@dataclass(frozen=True)
class Colours:
    """One theme's colours as #rrggbb.

    Attributes:
        window: behind everything.
        surface: panels, lists, fields.
        raised: buttons and the hovered row.
        border: lines between them.
        text: what is read.
        muted: what is read second.
        accent: the one colour of what is chosen.
        on_accent: text on it.
        selection: the chosen row.
        canvas: behind the part.
        good: verdict.
        defect: verdict, and what is above the threshold.
        warning: errors of single parts.
        notice: background of messages.
    """

    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str
    canvas: str
    good: str
    defect: str
    warning: str
    notice: str


LIGHT = Colours(
    window="#f3f4f6",
    surface="#ffffff",
    raised="#eaecf0",
    border="#d5d9df",
    text="#1a1e24",
    muted="#596273",
    accent="#2457c5",
    on_accent="#ffffff",
    selection="#dbe6fb",
    canvas="#dfe2e7",
    good="#0b6e52",
    defect="#b52f16",
    warning="#855200",
    notice="#fff4db",
)
DARK = Colours(
    window="#17191d",
    surface="#1f2227",
    raised="#2a2e35",
    border="#363b43",
    text="#e7e9ec",
    muted="#a3abb7",
    accent="#86aaff",
    on_accent="#10141c",
    selection="#2b3a5c",
    canvas="#101214",
    good="#52c79f",
    defect="#ff8d73",
    warning="#e8b454",
    notice="#3a321d",
)


class Theme(QObject):
    """The theme in force; follows the system unless told otherwise.

    Signals:
        changed: the colours are other ones now.
    """

    changed = Signal()

    def __init__(self, application: QApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        # An application that wears a style sheet was given its style by a theme before.
        style = None if application.styleSheet() else QStyleFactory.create("Fusion")
        if style is not None:
            application.setStyle(style)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)
        self._applied: Colours | None = None
        self._apply()

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in force."""
        if self._choice == "system":
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._choice == "dark"

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return DARK if self.dark else LIGHT

    @property
    def choice(self) -> str:
        """``system``, ``light`` or ``dark``."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Take ``system``, ``light`` or ``dark``."""
        self._choice = choice
        self._apply()

    def _apply(self) -> None:
        colours = self.colours
        if colours is self._applied:
            return
        self._applied = colours
        self._application.setPalette(palette(colours))
        sheet = style_sheet(colours)
        # Taking one takes a twentieth of a second, even the same again.
        if sheet != self._application.styleSheet():
            self._application.setStyleSheet(sheet)
        self.changed.emit()


def current_colours() -> Colours:
    """The colours that the application's palette shows now."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette(colours: Colours) -> QPalette:
    """Qt's palette of a theme."""
    result = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.window),
        (role.Text, colours.text),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.surface),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.Mid, colours.border),
        (role.Light, colours.surface),
        (role.Midlight, colours.raised),
        (role.Dark, colours.border),
        (role.Shadow, colours.border),
    ):
        result.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, name, QColor(colours.muted))
    return result


def style_sheet(colours: Colours) -> str:
    """The few rules beyond the palette."""
    c = colours
    chevron = resource_path("icons", "chevron.svg").as_posix()
    check = resource_path("icons", "check.svg").as_posix()
    return f"""
    QMainWindow::separator {{ background: {c.border}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {c.accent}; }}
    QMenuBar {{ background: {c.window}; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {c.selection}; color: {c.text}; }}
    QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 4px; }}
    QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c.selection}; color: {c.text}; }}
    QMenu::item:disabled {{ color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 8px; }}
    QToolBar {{ background: {c.window}; border: none; border-bottom: 1px solid {c.border};
        padding: 2px 8px; spacing: 4px; }}
    QToolBar::separator {{ background: {c.border}; width: 1px; margin: 6px 4px; }}
    QToolButton {{ padding: 4px 8px; border: 1px solid transparent; border-radius: 6px; color: {c.text}; }}
    QToolButton:hover {{ background: {c.raised}; }}
    QToolButton:pressed {{ background: {c.selection}; }}
    QToolButton:checked {{ background: {c.selection}; border-color: {c.accent}; }}
    QToolButton:focus, QPushButton:focus {{ border: 1px solid {c.accent}; }}
    QToolButton:disabled {{ color: {c.muted}; }}
    QToolButton#model, QToolButton#recipe, QToolButton#kind {{ padding-right: 22px; }}
    QToolButton#model::menu-indicator, QToolButton#recipe::menu-indicator, QToolButton#kind::menu-indicator {{
        image: url("{chevron}");
        width: 12px; height: 12px;
        subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }}
    QWidget#switch {{ background: {c.raised}; border-radius: 7px; }}
    QWidget#switch QToolButton {{ padding: 3px 10px; color: {c.muted}; }}
    QWidget#switch QToolButton:hover {{ color: {c.text}; }}
    QWidget#switch QToolButton:checked {{ background: {c.surface}; color: {c.text}; border-color: {c.border};
        font-weight: 600; }}
    QWidget#switch QToolButton:focus {{ border-color: {c.accent}; }}
    QListWidget#sections {{ background: {c.window}; padding: 6px; }}
    QListWidget#sections::item {{ padding: 6px 10px; border-radius: 6px; color: {c.text}; }}
    QListWidget#sections::item:selected {{ background: {c.selection}; color: {c.text}; }}
    QListWidget#sections::item:hover:!selected {{ background: {c.raised}; }}
    QToolButton#small {{ padding: 0 4px; min-width: 14px; min-height: 18px; border: 1px solid {c.border};
        border-radius: 4px; }}
    QToolButton#small:checked {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QToolButton#small {{ padding: 0 3px; }}
    QLabel#subject {{ background: {c.selection}; color: {c.text}; border-radius: 4px; padding: 1px 8px; }}
    QTabBar::tab {{ background: {c.window}; color: {c.muted}; padding: 5px 14px; border: none;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ background: {c.surface}; color: {c.text}; border-bottom: 2px solid {c.accent}; }}
    QToolButton#review {{ padding: 4px 10px; border-color: {c.border}; }}
    QPushButton#name {{ padding: 1px 2px; text-align: left; border: 1px solid transparent; border-radius: 4px;
        background: transparent; }}
    QPushButton#name:hover {{ background: {c.raised}; }}
    QPushButton#name:focus {{ border-color: {c.accent}; }}
    QPlainTextEdit {{ background: {c.surface}; border: 1px solid {c.border}; border-radius: 6px; }}
    QPlainTextEdit:focus {{ border-color: {c.accent}; }}
    QToolButton#status {{ padding: 1px 3px; border-radius: 4px; }}
    QToolButton#link {{ padding: 1px 6px; border-radius: 4px; color: {c.accent}; font-weight: 600; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QProgressBar {{ background: {c.border}; border: none; border-radius: 2px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 2px; }}
    QToolButton#fold, QToolButton#fold:checked {{ padding: 2px 4px; background: transparent;
        border-color: transparent; }}
    QToolButton#fold:hover {{ background: {c.raised}; }}
    QToolButton#fold:focus {{ border-color: {c.accent}; }}
    QFrame#popup {{ background: {c.surface}; border: 1px solid {c.border}; }}
    QPushButton {{ padding: 6px 14px; border: 1px solid {c.border}; border-radius: 6px; background: {c.surface}; }}
    QPushButton:hover {{ background: {c.raised}; }}
    QPushButton:default {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QLineEdit, QComboBox, QDoubleSpinBox, QSpinBox {{ padding: 4px 6px; border: 1px solid {c.border};
        border-radius: 6px; background: {c.surface}; selection-background-color: {c.accent};
        selection-color: {c.on_accent}; }}
    QDoubleSpinBox, QSpinBox {{ padding: 3px 6px 2px 6px; }}
    QLineEdit:focus, QComboBox:focus, QDoubleSpinBox:focus, QSpinBox:focus {{ border-color: {c.accent}; }}
    QDoubleSpinBox[wrong="true"] {{ border-color: {c.defect}; color: {c.defect}; }}
    QComboBox::drop-down {{ border: none; width: 18px; }}
    QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {c.surface}; border: 1px solid {c.border};
        selection-background-color: {c.selection}; selection-color: {c.text}; }}
    QDoubleSpinBox::up-button, QDoubleSpinBox::down-button, QSpinBox::up-button,
    QSpinBox::down-button {{ width: 0; border: none; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {c.muted}; border-radius: 3px;
        background: {c.surface}; }}
    QCheckBox::indicator:checked {{ border-color: {c.accent}; image: url("{check}"); }}
    QCheckBox::indicator:focus {{ border-color: {c.accent}; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {c.muted}; border-radius: 8px;
        background: {c.surface}; }}
    QRadioButton::indicator:checked {{ border-color: {c.accent}; background: qradialgradient(cx: 0.5, cy: 0.5,
        radius: 0.5, fx: 0.5, fy: 0.5, stop: 0.5 {c.accent}, stop: 0.6 {c.surface}); }}
    QRadioButton::indicator:focus {{ border-color: {c.accent}; }}
    QScrollArea#fields, QWidget#fields {{ background: transparent; border: none; }}
    QTableView, QScrollArea {{ border: none; background: {c.surface}; outline: none; }}
    QTableView#rows::item {{ padding: 0 8px; }}
    QTableView#rows QHeaderView::section {{ padding: 2px 11px; }}
    QTableView {{ gridline-color: transparent; selection-background-color: {c.selection};
        selection-color: {c.text}; }}
    QHeaderView::section {{ background: {c.surface}; color: {c.muted}; border: none;
        border-bottom: 1px solid {c.border}; padding: 2px 4px; }}
    QSlider::groove:horizontal {{ height: 4px; background: {c.border}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
        background: {c.accent}; }}
    QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ background: {c.border}; }}
    QScrollBar:vertical {{ width: 10px; background: transparent; margin: 0; }}
    QScrollBar:horizontal {{ height: 10px; background: transparent; margin: 0; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
    QScrollBar::handle:hover {{ background: {c.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QStatusBar {{ background: {c.window}; border-top: 1px solid {c.border}; color: {c.muted}; }}
    QStatusBar::item {{ border: none; }}
    QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
    QTabBar#chips {{ background: {c.surface}; }}
    QTabBar#chips::tab {{ padding: 3px 10px 3px 6px; margin-right: 4px; border: 1px solid {c.border};
        border-radius: 6px; background: {c.surface}; color: {c.text}; }}
    QTabBar#chips[plain="true"]::tab {{ padding: 3px 8px; }}
    QTabBar#chips::tab:hover {{ background: {c.raised}; }}
    QTabBar#chips::tab:selected {{ background: {c.selection}; border-color: {c.accent}; }}
    QTabBar#chips QToolButton {{ background: {c.surface}; border: 1px solid {c.border}; padding: 2px; }}
    QListView {{ border: none; background: {c.surface}; outline: none;
        selection-background-color: {c.selection}; selection-color: {c.text}; }}
    QLabel#panelTitle {{ font-weight: 600; padding: 8px 12px 4px 8px; background: {c.surface}; }}
    QWidget#strip QLabel#panelTitle {{ padding: 0 12px 0 8px; }}
    QWidget#panel {{ background: {c.surface}; }}
    QWidget#strip {{ background: {c.surface}; }}
    QLabel#muted {{ color: {c.muted}; }}
    QLabel#warning {{ color: {c.warning}; }}
    QLabel#heading {{ font-weight: 600; font-size: 15pt; }}
    QFrame#message {{ background: {c.notice}; border: none; border-bottom: 1px solid {c.warning}; }}
    QFrame#line {{ background: {c.border}; border: none; }}
    """


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, side: int) -> QPixmap:
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


def icon(name: str, colour: str | None = None) -> QIcon:
    """A bundled line icon in the text's colour, or another one."""
    colours = current_colours()
    result = QIcon()
    for side in (20, 40):
        result.addPixmap(_pixmap(name, colour or colours.text, side))
        result.addPixmap(_pixmap(name, colours.muted, side), QIcon.Mode.Disabled)
    return result
