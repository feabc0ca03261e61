"""A threshold from parts that are known to be good, at a rate of good parts that may be rejected."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from tokenclip_core.errors import SettingsError
from tokenclip_core.files import write_atomically

FORMAT = "tokenclip-calibration"
VERSION = 1

# What must be as it was for a score to mean the same.
_DECISIVE = ("model_sha256", "subspaces_sha256", "image_size", "layers", "first_vv_block", "scoring", "tiling", "areas")


@dataclass(frozen=True)
class Calibration:
    """A threshold and where it comes from.

    Attributes:
        threshold: score from which on a part counts as defective, in [0, 1].
        false_reject_rate: the share of good parts that was allowed to reach it.
        good_parts: how many good parts it was made from.
        good_rejected: how many of them reach it.
        defective_parts: how many defective parts it was tried on.
        defective_found: how many of them reach it.
        settings: what decided the scores.
    """

    threshold: float
    false_reject_rate: float
    good_parts: int
    good_rejected: int
    defective_parts: int
    defective_found: int
    settings: Mapping[str, Any]

    def write(self, file: Path) -> None:
        """Write to a file, replacing an earlier one in one step.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            write_atomically(file, (json.dumps(self.to_mapping(), ensure_ascii=False, indent=2) + "\n").encode("utf-8"))
        except OSError as error:
            raise SettingsError(f"{file} cannot be written ({error.strerror}); choose another --out") from error

    @classmethod
    def read(cls, file: Path) -> Calibration:
        """Read a file back.

        Raises:
            SettingsError: it is missing, or no calibration of this version.
        """
        try:
            content = json.loads(file.read_text("utf-8"))
        except OSError as error:
            raise SettingsError(f"{file} cannot be read ({error.strerror}); check the name") from error
        except ValueError as error:
            raise SettingsError(f"{file} is not a calibration; make one with `tokenclip calibrate`") from error
        try:
            return cls.from_mapping(content)
        except SettingsError as error:
            raise SettingsError(f"{file} {error}") from error

    def to_mapping(self) -> dict[str, Any]:
        """Plain values for JSON, as `from_mapping` reads them."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    @classmethod
    def from_mapping(cls, content: Any) -> Calibration:
        """Read plain values.

        Raises:
            SettingsError: they are no calibration, one of another version, or a damaged one.
        """
        if not isinstance(content, Mapping) or content.get("format") != FORMAT or content.get("version") != VERSION:
            raise SettingsError("is not a calibration of this version; make one with `tokenclip calibrate`")
        try:
            values = {entry.name: content[entry.name] for entry in fields(cls)}
            shares = [float(values.pop(name)) for name in ("threshold", "false_reject_rate")]
            settings = dict(values.pop("settings"))
            counts = {name: operator.index(value) for name, value in values.items()}
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError("is a damaged calibration; make it again with `tokenclip calibrate`") from error
        if not all(0 <= share <= 1 for share in shares) or min(counts.values()) < 0:
            raise SettingsError(f"holds the threshold {shares[0]}, which is not in 0 to 1, or other impossible numbers")
        return cls(threshold=shares[0], false_reject_rate=shares[1], settings=settings, **counts)

    def check_fits(self, settings: Mapping[str, Any]) -> None:
        """Check that scores made under these settings can be compared with the threshold.

        Raises:
            SettingsError: they cannot; says what differs.
        """
        words = self.settings.get("vocabulary_sha256")
        same_words = words is not None and words == settings.get("vocabulary_sha256")
        # The same words have embeddings that differ by rounding from machine to machine.
        decisive = [name for name in _DECISIVE if not (same_words and name == "subspaces_sha256")]
        differing = [name for name in decisive if self.settings.get(name) != settings.get(name)]
        names = ", ".join(name.removesuffix("_sha256") for name in differing)
        if differing:
            raise SettingsError(
                f"the calibration was made with another {names}; "
                "calibrate again, or use the model and options that it was made with"
            )


def calibrate(
    good: Sequence[float], false_reject_rate: float, settings: Mapping[str, Any], defective: Sequence[float] = ()
) -> Calibration:
    """Choose the lowest threshold at which at most the given share of the good parts is rejected.

    Args:
        good: scores of good parts, in [0, 1], at least one.
        false_reject_rate: in [0, 1].
        settings: what decided the scores.
        defective: scores of defective parts, to tell how many are found.

    Raises:
        SettingsError: no good part, a rate or score outside [0, 1], or good parts that score 1 and may not be rejected.
    """
    scores = np.sort(np.asarray(good, np.float64))[::-1]
    if not scores.size:
        raise SettingsError("a calibration needs good parts; name a folder that holds some")
    if not 0 <= false_reject_rate <= 1:
        raise SettingsError(f"the false-reject rate is {false_reject_rate}; it must be from 0 to 1")
    if not (np.isfinite(scores).all() and scores[-1] >= 0 and scores[0] <= 1):
        raise SettingsError("a score is not in 0 to 1; look for the image it belongs to")
    # The small addition keeps 0.1 of 30 parts from being 2.9999.
    allowed = int(false_reject_rate * scores.size + 1e-9)
    # Just above the first that must pass; parts that tie with it pass as well.
    threshold = float(scores[-1] if allowed >= scores.size else np.nextafter(scores[allowed], 2.0))
    if threshold > 1:
        raise SettingsError("good parts score 1, so no threshold lets them pass; allow a higher false-reject rate")
    found = np.asarray(defective, np.float64)
    return Calibration(
        threshold=threshold,
        false_reject_rate=false_reject_rate,
        good_parts=int(scores.size),
        good_rejected=int(np.sum(scores >= threshold)),
        defective_parts=int(found.size),
        defective_found=int(np.sum(found >= threshold)),
        settings=dict(settings),
    )
