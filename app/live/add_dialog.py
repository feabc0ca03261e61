"""Which camera to add: one of this computer by name, an address, a video, a folder, or a demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.live.access_dialog import with_access
from app.widgets.layouts import fill
from app.widgets.said import muted
from tokenclip_core.sources.catalogue import VIDEO_SUFFIXES


@dataclass(frozen=True)
class SourceChoice:
    """What was chosen.

    Attributes:
        text: as `tokenclip_core.sources.catalogue.source_of` takes it; may hold a password.
        every_frame: of a video, as fast as it is inspected.
        loop: a video begins again at its end.
    """

    text: str
    every_frame: bool = False
    loop: bool = True


class AddCameraDialog(QDialog):
    """Asks for a source of frames."""

    def __init__(self, folder: str, parent: QWidget | None = None) -> None:
        """Make the dialog; `folder` is where files are looked for first."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add camera"))
        self.setMinimumWidth(640)
        self._folder = folder
        self._kinds = QButtonGroup(self)
        self._rows: list[list[QWidget]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self._cameras = QComboBox()
        self._cameras.addItem(self.tr("Looking for cameras…"))
        self._hint = muted(QLabel())
        self._hint.setWordWrap(True)
        self._hint.hide()
        self._address = QLineEdit()
        self._address.setPlaceholderText("rtsp://192.168.1.20/stream")
        self._user, self._password = QLineEdit(), QLineEdit()
        for line, words in ((self._user, self.tr("User name")), (self._password, self.tr("Password"))):
            line.setPlaceholderText(words)
            line.setAccessibleName(words)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._sign_in = QWidget()
        names = QHBoxLayout(self._sign_in)
        names.setContentsMargins(0, 0, 0, 0)
        names.addWidget(self._user)
        names.addWidget(self._password)
        self._video, self._watched = QLineEdit(), QLineEdit()
        self._every_frame = QCheckBox(self.tr("Inspect every frame, however long it takes"))
        self._loop = QCheckBox(self.tr("Begin again at the end"))
        self._loop.setChecked(True)
        browse_video = QPushButton(self.tr("Browse…"))
        browse_video.clicked.connect(self._choose_video)
        browse_folder = QPushButton(self.tr("Browse…"))
        for button in (browse_video, browse_folder):
            button.setAutoDefault(False)
        browse_folder.clicked.connect(self._choose_folder)
        self._row(self.tr("Camera of this &computer"), self._cameras, QWidget(), self._hint)
        self._row(self.tr("&Network camera"), self._address, QWidget(), self._sign_in)
        self._row(self.tr("&Video file"), self._video, browse_video, self._every_frame, self._loop)
        self._row(self.tr("&Folder with new pictures"), self._watched, browse_folder)
        hint = muted(QLabel(self.tr("Made-up parts on a moving belt")))
        self._row(self.tr("&Demonstration"), hint)
        self._buttons = QDialogButtonBox()
        self._add = self._buttons.addButton(self.tr("Add"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._add.setDefault(True)
        for choice in self._buttons.buttons():
            choice.setIcon(QIcon())
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        fill(QVBoxLayout(self), self._grid, self._buttons, margins=(20, 16, 20, 16), spacing=16)
        fields = (self._address, self._video, self._watched)
        changes = (field.textChanged for field in fields)
        for signal in (*changes, self._cameras.currentIndexChanged, self._kinds.idToggled):
            signal.connect(self._update)
        self._button_of(0).setChecked(True)
        self._update()

    def show_cameras(self, cameras: Sequence[tuple[str, str]], hint: str = "") -> None:
        """List the cameras that are connected.

        Args:
            cameras: what each is called, and what names it for `SourceChoice`.
            hint: what else could be connected, if something were installed.
        """
        self._cameras.clear()
        for name, text in cameras:
            self._cameras.addItem(name, text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        if not cameras:
            self._cameras.addItem(self.tr("No camera is connected"))
            if self._kinds.checkedId() == 0:
                self._button_of(1).setChecked(True)
        self._cameras.setProperty("known", bool(cameras))
        self._update()

    def choice(self) -> SourceChoice | None:
        """What is chosen now; None while something is missing."""
        text = (
            str(self._cameras.currentData()) if self._cameras.property("known") else "",
            with_access(self._address.text().strip(), self._user.text(), self._password.text()),
            self._video.text().strip(),
            self._watched.text().strip(),
            "demo",
        )[self._kinds.checkedId()]
        if not text:
            return None
        return SourceChoice(text, self._every_frame.isChecked(), self._loop.isChecked())

    def choose_kind(self, kind: int) -> None:
        """Check one of the kinds, 0 being the first."""
        self._button_of(kind).setChecked(True)

    def _row(self, text: str, field: QWidget, *others: QWidget) -> None:
        number = len(self._rows)
        button = QRadioButton(text)
        self._kinds.addButton(button, number)
        line = 2 * number
        self._grid.addWidget(button, line, 0)
        field.setAccessibleName(text.replace("&", ""))
        self._grid.addWidget(field, line, 1)
        if others:
            self._grid.addWidget(others[0], line, 2)
        if others[1:]:
            options = QVBoxLayout()
            options.setSpacing(4)
            for other in others[1:]:
                options.addWidget(other)
            self._grid.addLayout(options, line + 1, 1)
        self._rows.append([field, *others])

    def _button_of(self, kind: int) -> QRadioButton:
        button = self._kinds.button(kind)
        if not isinstance(button, QRadioButton):
            raise TypeError(f"there is no kind {kind}")
        return button

    def _update(self, *_values: object) -> None:
        for number, fields in enumerate(self._rows):
            for field in fields:
                field.setEnabled(number == self._kinds.checkedId())
        self._add.setEnabled(self.choice() is not None)

    def _choose_video(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(VIDEO_SUFFIXES))
        names = self.tr("Videos ({patterns})").format(patterns=patterns) + ";;" + self.tr("All files (*)")
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a video"), self._folder, names)
        if chosen:
            self._video.setText(chosen)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder"), self._folder)
        if chosen:
            self._watched.setText(chosen)

    def _accept(self) -> None:
        if self.choice() is not None:
            self.accept()

    def type_address(self, address: str) -> None:
        """Write an address, as if it were typed."""
        self.choose_kind(1)
        self._address.setText(address)
        self._address.setFocus(Qt.FocusReason.OtherFocusReason)
