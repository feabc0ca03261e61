"""What names of files and folders say: good parts, defective ones, masks, hidden files, formats that are not read.

The table of data sets in ARCHITECTURE.md lists these words; all are compared without regard to case, blanks, hyphens
and underscores.
"""

from __future__ import annotations

import re
from pathlib import PurePath

GOOD_NAMES = frozenset(
    {
        *("good", "goods", "goodparts", "ok", "okay", "okfront", "normal", "normals", "pass", "passed", "nodefect"),
        *("nodefects", "nondefective", "nondefect", "defectfree", "withoutdefect", "withoutdefects", "anomalyfree"),
        *("nonanomalous", "faultless", "flawless", "intact", "undamaged", "healthy", "perfect", "clean", "io", "gut"),
        *("negative", "negatives", "regular", "良品", "正常", "合格", "无缺陷", "無缺陷"),
    }
)
"""Folders of good parts."""

DEFECT_NAMES = frozenset(
    {
        *("defect", "defects", "defective", "defectives", "defected", "bad", "badparts", "ng", "ko", "nok", "notok"),
        *("notgood", "nogood", "anomaly", "anomalies", "anomalous", "abnormal", "abnormals", "fault", "faults"),
        *("faulty", "fail", "failed", "reject", "rejects", "rejected", "scrap", "damaged", "broken", "nio", "deffront"),
        *("positive", "positives", "schlecht", "ausschuss", "不良", "不良品", "缺陷", "异常", "異常"),
    }
)
"""Folders of defective parts."""

MASK_FOLDERS = frozenset(
    {
        *("groundtruth", "groundtruths", "gt", "gts", "mask", "masks", "defectmasks", "anomalymasks", "pixelmasks"),
        *("segmentationmasks", "binarymasks", "maskimages", "pixelgroundtruth"),
    }
)
"""Folders of masks, whatever is in them."""

POSSIBLE_MASK_FOLDERS = frozenset(
    {
        *(
            "label",
            "labels",
            "annotation",
            "annotations",
            "segmentation",
            "segmentations",
            "seg",
            "segs",
            "labelimages",
        ),
        *("segmentationclass", "segmentationobject", "anno", "annos", "target", "targets", "掩码", "标注"),
    }
)
"""Folders that hold masks if what is in them looks like masks: `labels/` may also be photographs of labels."""

_MASK_WORDS = r"(?:masks?|gts?|ground[ _-]?truths?|labels?|segmentations?|seg|annotations?|anno)"
_SUFFIXED = re.compile(rf"(.+?)[ ._-]+{_MASK_WORDS}(?:[ ._-]*\d{{1,3}})?", re.IGNORECASE | re.DOTALL)
_PREFIXED = re.compile(rf"{_MASK_WORDS}[ ._-]+(.+)", re.IGNORECASE | re.DOTALL)
_BETWEEN = re.compile(r"[\s_.-]+")

_COMPANION_FOLDERS = frozenset(
    {
        *("__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"),
        *("network trash folder", "temporary items", "recycler", "found.000"),
    }
)

UNREAD_SUFFIXES = frozenset(
    {
        *(".heic", ".heif", ".hif", ".jxl", ".jxr", ".wdp", ".hdp", ".jls", ".psd", ".psb", ".xcf", ".svg", ".pdf"),
        *(".eps", ".exr", ".hdr", ".tga", ".pcx", ".sgi", ".ras", ".ico", ".pam", ".pfm", ".dcm", ".dicom", ".fits"),
        *(".fit", ".fts", ".nii", ".nrrd", ".mha", ".mhd", ".npy", ".npz", ".mat", ".raw", ".bin", ".dng", ".cr2"),
        *(".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".raf", ".orf", ".rw2", ".pef", ".srw", ".x3f", ".3fr"),
        *(".czi", ".nd2", ".lif", ".lsm", ".svs", ".vsi", ".oib", ".ims", ".ktx", ".dds", ".bpg", ".qoi", ".flif"),
    }
)
"""Lower-case suffixes of picture formats that are not read."""


def is_good(name: str) -> bool:
    """Whether a folder of this name holds good parts."""
    return _plain(name) in GOOD_NAMES


def is_defective(name: str) -> bool:
    """Whether a folder of this name holds defective parts."""
    return _plain(name) in DEFECT_NAMES


def is_mask_folder(name: str) -> bool:
    """Whether a folder of this name holds masks, whatever is in it."""
    return _plain(name) in MASK_FOLDERS


def may_be_mask_folder(name: str) -> bool:
    """Whether a folder of this name holds masks if its pictures look like some."""
    return _plain(name) in POSSIBLE_MASK_FOLDERS


def is_hidden(name: str) -> bool:
    """Whether an entry is hidden, or made by a system beside the files of its user (`._000.png`, `@eaDir`)."""
    return name.startswith(".") or name.lower() in _COMPANION_FOLDERS


def without_mask_word(stem: str) -> str | None:
    """The stem of the part that a mask-named file belongs to (`000` of `000_mask`, `GT-000`); None for other names."""
    found = _SUFFIXED.fullmatch(stem) or _PREFIXED.fullmatch(stem)
    return found[1] if found else None


def stem_of(name: str, suffixes: frozenset[str]) -> str:
    """A file's name without its suffix, and without the part's own one in names such as `000.jpg.png`."""
    path = PurePath(PurePath(name).stem)
    return path.stem if path.suffix.lower() in suffixes else path.name


def _plain(name: str) -> str:
    return _BETWEEN.sub("", name).casefold()
