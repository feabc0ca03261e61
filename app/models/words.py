"""What is said of models: what they are good for, whether they are here, how far a download is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.models.inventory import Row, State
from app.widgets.words import time_left

if TYPE_CHECKING:
    from tokenclip_core.model.downloads.progress import DownloadProgress


def purpose(row: Row) -> str:
    """What a model is good for, in one line; "" for models of other makers."""
    if row.choice.checkpoint:
        return QCoreApplication.translate("ModelWords", "Subspaces that were learned from marked parts")
    return {
        "compact": QCoreApplication.translate("ModelWords", "Quick on any processor; finds defects by words"),
        "dinov2-small": QCoreApplication.translate(
            "ModelWords", "Compares parts with each other best; for folders and good parts"
        ),
        "ViT-L-14-336-quickgelu": QCoreApplication.translate(
            "ModelWords", "The model of the published results; wants a graphics card"
        ),
        "ViT-B-16-quickgelu": QCoreApplication.translate("ModelWords", "A quick middle way"),
        "ViT-L-14": QCoreApplication.translate("ModelWords", "Trained on open data; wants a graphics card"),
        "ViT-B-16": QCoreApplication.translate("ModelWords", "Trained on open data; a quick middle way"),
        "ViT-B-16-SigLIP": QCoreApplication.translate("ModelWords", "Another way of training, for comparison"),
        "ViT-B-16-SigLIP2-256": QCoreApplication.translate("ModelWords", "Understands defects in many languages"),
        "ViT-L-16-SigLIP2-384": QCoreApplication.translate(
            "ModelWords", "Understands defects in many languages; the largest"
        ),
    }.get(row.choice.key, "")


def state_words(row: Row) -> str:
    """Whether a model is here."""
    if row.state is State.PARTLY:
        share = min(99, row.held // (10_000 * max(1, row.megabytes)))
        return QCoreApplication.translate("ModelWords", "{share} % here").format(share=share)
    return {
        State.BUNDLED: QCoreApplication.translate("ModelWords", "Bundled"),
        State.INSTALLED: QCoreApplication.translate("ModelWords", "Installed"),
        State.ELSEWHERE: QCoreApplication.translate("ModelWords", "On this disk"),
        State.ABSENT: QCoreApplication.translate("ModelWords", "Not here"),
    }[row.state]


def size_words(megabytes: int) -> str:
    """A size; "" for none."""
    return QCoreApplication.translate("ModelWords", "{count} MB").format(count=f"{megabytes:,}") if megabytes else ""


def progress_words(name: str, progress: DownloadProgress) -> str:
    """Bytes, rate and time left of a download."""
    done, total = f"{progress.done / 1e6:,.0f}", f"{progress.total / 1e6:,.0f}"
    words = [
        QCoreApplication.translate("ModelWords", "{name}: {done} of {total} MB").format(
            name=name, done=done, total=total
        )
    ]
    if progress.rate > 0:
        words.append(QCoreApplication.translate("ModelWords", "{rate} MB/s").format(rate=f"{progress.rate / 1e6:,.1f}"))
    if progress.seconds_left is not None and progress.done < progress.total:
        words.append(time_left(progress.seconds_left))
    return " · ".join(words)
