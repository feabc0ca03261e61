"""User name and password of a network camera, which are asked for at each start since they are not kept."""

from __future__ import annotations

from urllib.parse import quote

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.widgets.layouts import add_rows, fill


def with_access(address: str, user: str, password: str) -> str:
    """An address with a user name and a password in it; as it is where there are neither, or it is no address."""
    scheme, separator, rest = address.partition("://")
    if not separator or not (user or password):
        return address
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


class AccessDialog(QDialog):
    """Asks for what a camera wants.

    Signals:
        given: (address, user name, password).
        refused: nothing was given.
    """

    given = Signal(str, str, str)
    refused = Signal()

    def __init__(self, address: str, parent: QWidget | None = None) -> None:
        """Make the dialog; the address is without a password, and may be completed."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Access to a camera"))
        self.setMinimumWidth(460)
        words = QLabel(self.tr("User names and passwords are not kept. Give them again to see this camera."))
        words.setWordWrap(True)
        self._address, self._user, self._password = QLineEdit(address), QLineEdit(), QLineEdit()
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        add_rows(
            form,
            (self.tr("Address"), self._address),
            (self.tr("User name"), self._user),
            (self.tr("Password"), self._password),
        )
        buttons = QDialogButtonBox()
        connect = buttons.addButton(self.tr("Connect"), QDialogButtonBox.ButtonRole.AcceptRole)
        connect.setDefault(True)
        buttons.addButton(self.tr("Without a password"), QDialogButtonBox.ButtonRole.RejectRole)
        for button in buttons.buttons():
            button.setIcon(QIcon())
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        fill(QVBoxLayout(self), words, form, buttons, margins=(20, 16, 20, 16), spacing=14)
        self._user.setFocus()

    @override
    def accept(self) -> None:
        self.given.emit(self._address.text().strip(), self._user.text(), self._password.text())
        super().accept()

    @override
    def reject(self) -> None:
        self.refused.emit()
        super().reject()
