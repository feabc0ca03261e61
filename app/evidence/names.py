"""What channels of evidence are called, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tokenclip_core.judgement.judgement import Channels
from tokenclip_core.judgement.score_words import threshold_words


def channel_name(channel: str) -> str:
    """The name of a channel; one that this version does not know is called as it is."""
    names = {
        "text": QCoreApplication.translate("EvidenceController", "text"),
        "self": QCoreApplication.translate("EvidenceController", "self"),
        "consensus": QCoreApplication.translate("EvidenceController", "consensus"),
        "reference": QCoreApplication.translate("EvidenceController", "reference"),
    }
    return names.get(channel, channel)


def limit_words(limits: Channels) -> str:
    """Channels with their limits, such as "self 0.71, text 0.64"."""
    separator = QCoreApplication.translate("EvidenceController", ", ")
    return separator.join(f"{channel_name(name)} {threshold_words(limit)}" for name, limit in limits)
