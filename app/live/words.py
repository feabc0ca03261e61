"""What a tile says about a fault: in words, in the window's language, without passwords."""

from __future__ import annotations

import html
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from tokenclip_core.sources.frames import Fault

_WORD_JOINER = "\u2060"


def control_word(name: str) -> str:
    """What a device's control is called in the language of the window."""
    translate = QCoreApplication.translate
    words = {
        "width": translate("LiveOptionsDialog", "Width"),
        "height": translate("LiveOptionsDialog", "Height"),
        "rate": translate("LiveOptionsDialog", "Frames a second"),
        "exposure": translate("LiveOptionsDialog", "Exposure"),
    }
    return words.get(name, name)


def fault_heading(fault: Fault) -> str:
    """What is wrong, in few words."""
    translate = QCoreApplication.translate
    return {
        Fault.ABSENT: translate("LiveFaults", "Not connected"),
        Fault.BUSY: translate("LiveFaults", "In use elsewhere"),
        Fault.DENIED: translate("LiveFaults", "Not allowed"),
        Fault.ADDRESS: translate("LiveFaults", "No such address"),
        Fault.UNREACHABLE: translate("LiveFaults", "No answer"),
        Fault.ACCESS: translate("LiveFaults", "User name or password refused"),
        Fault.NOT_FOUND: translate("LiveFaults", "No video under this address"),
        Fault.NO_VIDEO: translate("LiveFaults", "Not a video"),
        Fault.STALLED: translate("LiveFaults", "The picture has stopped"),
        Fault.LOST: translate("LiveFaults", "The connection was lost"),
        Fault.DAMAGED: translate("LiveFaults", "Damaged pictures"),
        Fault.EMPTY: translate("LiveFaults", "An empty video"),
        Fault.UNSUPPORTED: translate("LiveFaults", "This video can't be read"),
        Fault.SETUP: translate("LiveFaults", "GenICam is not set up"),
        Fault.PIXELS: translate("LiveFaults", "Pixels of an unknown format"),
    }[fault]


def fault_words(fault: Fault, name: str) -> str:
    """What it means for a camera, and what to do; as rich text."""
    translate = QCoreApplication.translate
    text = {
        Fault.ABSENT: translate("LiveFaults", "{name} is not there. Plug it in; it is then found by itself."),
        Fault.BUSY: translate("LiveFaults", "{name} can't be opened. Close the other program that uses it."),
        Fault.DENIED: translate("LiveFaults", "{name} may not be used. Allow this account to use cameras and files."),
        Fault.ADDRESS: translate("LiveFaults", "{name} is no address of a stream. Write it as rtsp://host/path."),
        Fault.UNREACHABLE: translate(
            "LiveFaults", "{name} does not answer. Check the address, the cable and the network; it is tried again."
        ),
        Fault.ACCESS: translate(
            "LiveFaults", "{name} refuses the access. Choose Live › Sign in, and give user name and password."
        ),
        Fault.NOT_FOUND: translate(
            "LiveFaults", "The device answers, but does not know {name}. Look up the path in its manual."
        ),
        Fault.NO_VIDEO: translate("LiveFaults", "{name} sends something else. Look up the address of its video."),
        Fault.STALLED: translate("LiveFaults", "{name} sends no more pictures. It is tried again by itself."),
        Fault.LOST: translate("LiveFaults", "{name} has gone. It is tried again by itself."),
        Fault.DAMAGED: translate(
            "LiveFaults", "{name} sends pictures that can't be read. Check the cable, or restart the camera."
        ),
        Fault.EMPTY: translate("LiveFaults", "{name} has no picture. Choose another video."),
        Fault.UNSUPPORTED: translate("LiveFaults", "{name} has an unknown format. Convert it to MP4 (H.264)."),
        Fault.SETUP: translate(
            "LiveFaults",
            "{name} needs the package harvesters and its maker's producer, whose folder GENICAM_GENTL64_PATH names.",
        ),
        Fault.PIXELS: translate("LiveFaults", "{name} sends what is not known here. Set the camera to Mono8 or RGB8."),
    }[fault]
    text = text.format(name=html.escape(name))
    # No line ends within the beginning of an address.
    return text.replace("//", f"/{_WORD_JOINER}/{_WORD_JOINER}")


def refused_words(refused: Mapping[str, float], found: Mapping[str, float]) -> str:
    """Values that a camera has not taken, and those that it has instead; "" if there are none."""
    with_value = QCoreApplication.translate("LiveSettings", "{control} {wanted} (it has {value})")
    words = []
    for name, wanted in refused.items():
        text = with_value if name in found else "{control} {wanted}"
        value = f"{found.get(name, 0):g}"
        words.append(text.format(control=control_word(name), wanted=f"{wanted:g}", value=value))
    return ", ".join(words)
