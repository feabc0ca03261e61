"""Learns what made-up defects look like, and measures how often the name that a region is given is right.

`python -m tokenclip_core.commands.studies.naming` does it from the command line.

A ridge regression maps the mean tokens of a defect to the text embedding of its family. Its likelihoods are fitted on
surfaces that it has not seen, each quarter of them left out in turn, so that they are as often right as they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, softmax
from tokenclip_core.data.procedural.generator import ProceduralPart, generate
from tokenclip_core.errors import SettingsError
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.subspaces.naming import LIKELY, Naming, directions

FAMILIES_OF: dict[str, tuple[str, ...]] = {
    "scratch": ("scratch",),
    "crack": ("crack",),
    "pore": ("hole",),
    "hole": ("hole",),
    "stain": ("stain",),
    "dent": ("dent",),
    "burr": ("deformation",),
    "chip": ("missing part",),
    "missing piece": ("missing part",),
    "foreign body": ("contamination",),
    "fibre": ("contamination",),
    "discolouration": ("discolouration", "stain"),
    "fold": ("deformation",),
    "deformation": ("deformation",),
    "wear": ("wear",),
    "corrosion": ("discolouration", "wear", "stain"),
    "bubble": ("dent",),
    "cut": ("crack", "scratch"),
    "contamination": ("contamination", "stain"),
    "thread fault": ("weave fault",),
    "foreign texture": ("wear", "contamination"),
    "dead area": ("discolouration", "stain"),
    "misprint": ("misprint", "stain"),
    # Of the magnetic tiles.
    "blowhole": ("hole",),
    "break": ("missing part", "crack"),
}
"""Families of the shipped vocabulary that name each defect rightly; the first is the one that is taught."""

_SIDE = 256
_FIRST_SEED = 600_000
_COVERED = 0.5
_BATCH = 8
_RIDGE = 100.0
_FOLDS = 4
_SHARPNESSES = tuple(float(value) for value in np.geomspace(0.1, 400.0, 200))


@dataclass(frozen=True, eq=False)
class DefectTokens:
    """One defect.

    Attributes:
        tokens: (2 * E,) float32: the mean of its patches' tokens, and that less the mean of its part.
        defect: what it is, a key of `FAMILIES_OF`.
        surface: that it is on.
    """

    tokens: FloatArray
    defect: str
    surface: str


def made_defects(
    inspector: Inspector, surfaces: Sequence[str], defects: Sequence[str], count: int
) -> Iterator[DefectTokens]:
    """Render parts with one defect each and encode them, the defects in turn.

    Args:
        inspector: of the model.
        surfaces: names of procedural surfaces.
        defects: names of procedural defects.
        count: of each defect.
    """
    for number in range(count):
        made = [
            generate(
                _FIRST_SEED + 100 * number + place,
                _SIDE,
                families=surfaces,
                defects=(defect,),
                defect_probability=1.0,
            )
            for place, defect in enumerate(defects)
        ]
        seen = [part for part in made if part.mask.any()]
        for start in range(0, len(seen), _BATCH):
            yield from _encoded(inspector, seen[start : start + _BATCH])


def _encoded(inspector: Inspector, parts: Sequence[ProceduralPart]) -> Iterator[DefectTokens]:
    for part, encoded in zip(parts, inspector.encode([part.image for part in parts], for_texts=False), strict=True):
        if encoded.evidence_tokens is None:
            raise SettingsError("this engine gives no tokens that parts are compared by.")
        yield defect_tokens(encoded.evidence_tokens, encoded.grid, part.mask, part.defects[0], part.family)


def defect_tokens(
    tokens: FloatArray,
    grid: tuple[int, int],
    mask: npt.NDArray[np.uint8] | npt.NDArray[np.bool_],
    defect: str,
    surface: str,
) -> DefectTokens:
    """What is known of one defect.

    Args:
        tokens: (N, E) float32 of all patches of its part.
        grid: (gh, gw), gh * gw == N.
        mask: (H, W), non-zero on the defect; its patches are those that it covers by half, or else by most.
        defect: what it is.
        surface: that it is on.
    """
    covered = cv2.resize((mask > 0).astype(np.float32), grid[::-1], interpolation=cv2.INTER_AREA).reshape(-1)
    own = tokens[covered >= min(_COVERED, float(covered.max()))].mean(axis=0)
    return DefectTokens(np.concatenate([own, own - tokens.mean(axis=0)]), defect, surface)


def fitted_naming(found: Sequence[DefectTokens], names: Sequence[str], embeddings: FloatArray) -> Naming:
    """The map from tokens to texts.

    Args:
        found: defects on at least `_FOLDS` surfaces.
        names: K families of the vocabulary.
        embeddings: (K, 2, D) of it.

    Raises:
        SettingsError: a defect whose family the vocabulary does not have, or too few surfaces.
    """
    surfaces = sorted({one.surface for one in found})
    if len(surfaces) < _FOLDS:
        raise SettingsError(f"defects on {len(surfaces)} surfaces are too few; make them on {_FOLDS} at least.")
    unknown = {one.defect for one in found} - {key for key, families in FAMILIES_OF.items() if families[0] in names}
    if unknown:
        raise SettingsError(f"the vocabulary has no family for {', '.join(sorted(unknown))}.")
    right = rightly_named([one.defect for one in found], names)
    held_out = np.zeros((len(found), len(names)))
    for fold in range(_FOLDS):
        is_out = np.asarray([one.surface in surfaces[fold::_FOLDS] for one in found])
        map_ = _regression([one for one, out in zip(found, is_out, strict=True) if not out], names, embeddings)
        held_out[is_out] = _logits(map_, found, embeddings)[is_out]

    def loss(sharpness: float) -> float:
        likelihoods = softmax(sharpness * held_out, axis=1)
        return float(-np.log((likelihoods * right).sum(axis=1) + 1e-9).mean())

    sharpness = min(_SHARPNESSES, key=loss)
    whole = _regression(found, names, embeddings)
    return Naming(whole.weights, whole.bias, sharpness)


def _regression(found: Sequence[DefectTokens], names: Sequence[str], embeddings: FloatArray) -> Naming:
    """Ridge regression of the families' embeddings, less their mean, on the tokens; not sharpened."""
    anomalous = embeddings[:, 1].astype(np.float64)
    taught = [list(names).index(FAMILIES_OF[one.defect][0]) for one in found]
    targets = (anomalous - anomalous.mean(axis=0))[taught]
    tokens = np.stack([one.tokens for one in found]).astype(np.float64)
    mean, mean_target = tokens.mean(axis=0), targets.mean(axis=0)
    centred = tokens - mean
    penalty = _RIDGE * centred.var() * np.eye(centred.shape[1])
    weights = np.linalg.solve(centred.T @ centred + penalty, centred.T @ (targets - mean_target))
    bias = mean_target - mean @ weights
    return Naming(weights.astype(np.float32), bias.astype(np.float32), 1.0)


def _logits(naming: Naming, found: Sequence[DefectTokens], embeddings: FloatArray) -> npt.NDArray[np.float64]:
    """(M, K) of M defects."""
    tokens = np.stack([one.tokens for one in found])
    values = (tokens @ naming.weights + naming.bias) @ directions(embeddings).T
    return np.asarray(naming.sharpness * values, np.float64)


def rightly_named(defects: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(M, K) bool: which of K families name each of M defects rightly."""
    return np.asarray([[name in FAMILIES_OF[defect] for name in names] for defect in defects])


@dataclass(frozen=True, eq=False)
class NamingTable:
    """How often defects are named rightly.

    Attributes:
        names: K families.
        defects: M names, one for each defect that was looked at.
        likelihoods: (M, K) float64.
    """

    names: tuple[str, ...]
    defects: tuple[str, ...]
    likelihoods: npt.NDArray[np.float64]

    def text(self) -> str:
        """As Markdown: all defects together, then each kind with the families that it was given most often."""
        right = rightly_named(self.defects, self.names)
        first = self.likelihoods.argmax(axis=1)
        is_right = right[np.arange(len(first)), first]
        is_named = self.likelihoods.max(axis=1) >= LIKELY
        first_line = (
            f"first family right {_percent(is_right)} of {len(first)}; named (likelihood {LIKELY:.0%} or more) "
            f"{_percent(is_named)}, of these right {_percent(is_right[is_named])}"
        )
        lines = [
            first_line,
            "",
            "| defect | parts | first right | named | of these right | first families |",
            "|---|---|---|---|---|---|",
        ]
        for defect in dict.fromkeys(self.defects):
            own = np.asarray([one == defect for one in self.defects])
            counts = np.bincount(first[own], minlength=len(self.names))
            common = ", ".join(
                f"{self.names[k]} {counts[k]}" for k in np.argsort(-counts, kind="stable")[:3] if counts[k]
            )
            lines.append(
                f"| {defect} | {own.sum()} | {_percent(is_right[own])} | {_percent(is_named[own])} | "
                f"{_percent(is_right[own & is_named])} | {common} |"
            )
        return "\n".join(lines)


def _percent(values: npt.NDArray[np.bool_]) -> str:
    return f"{100 * values.mean():.0f} %" if len(values) else "–"


def named(naming: Naming, found: Sequence[DefectTokens], names: Sequence[str], embeddings: FloatArray) -> NamingTable:
    """What defects are called that the map was not made from.

    Args:
        naming: the map.
        found: the defects.
        names: K families of the vocabulary.
        embeddings: (K, 2, D) of these families, unit length.
    """
    likelihoods = softmax(_logits(naming, found, embeddings), axis=1)
    return NamingTable(tuple(names), tuple(one.defect for one in found), likelihoods)
