"""Makes the constants of a model's evidence from procedural folders, each of parts of one kind.

`python -m tokenclip_core.commands.studies.evidence_scale` does it from the command line.

Of every kind some parts are good and fewer defective, and what each channel says of them is measured as inspection
would: consensus with the folder itself, unlabelled, reference with the first good parts. Centres and spreads come from
the patches of good parts; weights from a logistic regression of "a patch of a defect" on the channels, classes and
kinds weighted equally, no weight negative; limits from the good parts, so that few reach them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from tokenclip_core.arrays import FloatArray, sigmoid
from tokenclip_core.data.procedural.kinds import generate_of_kind
from tokenclip_core.errors import SettingsError
from tokenclip_core.evidence.channels import CHANNELS, WHOLE_WEIGHT, Channel, Raw, distance_raw, mix_name, text_raw
from tokenclip_core.evidence.consensus import FEWEST_ALIKE, interval_mean, mean_token
from tokenclip_core.evidence.curve import SIZES, SLOPE, area_levels, fitted_curve, log_odds
from tokenclip_core.evidence.distances import distances_to_each
from tokenclip_core.evidence.fusion import OF_GOOD_PARTS, OF_POOLS, EvidenceScale, Mix
from tokenclip_core.evidence.scales import ChannelScale, moved_scales
from tokenclip_core.evidence.typical import COOLEST
from tokenclip_core.inspection.inspector import Inspector

GOOD, DEFECTIVE = 12, 4
REFERENCES = 8
REJECTED = 0.05
"""Share of the good parts that may reach the default limits."""

REJECTED_COMPARED = 0.004
"""The same for mixes that compare with other parts: procedural parts of one folder are more alike than real ones."""

HOTTEST = 0.97
"""Share of the good parts of one kind that stay below the limits."""

REJECTED_REFERENCE = 0.02
"""The same for mixes with good parts, which raise limits where that is needed."""

SLOPE_COMPARED = 0.3
"""Log odds by which limits fall where a region's size doubles, of mixes that compare with other parts; see
`curve.SLOPE`."""

TRUST_IN_GOOD_PARTS = 1.5
"""Factor on the weights of channels that compare, in mixes of good parts with other channels.

Comparisons tell more of real parts, which differ in more ways than procedural ones of one folder. Measured on the
magnetic tiles; a factor of two gains little more.
"""

_COMPARING: tuple[Channel, ...] = ("consensus", "reference")
_SIDE = 256
_FIRST_KIND = 70_000
# Patches whose share of defective pixels is between the two belong to neither class.
_COVERED = 0.5
# Share of the parts of one kind that may be taken for another kind's.
_UNLIKE = 0.01
# Pull weights towards 0 where channels say the same; parts of one made-up folder are told apart too well.
_RIDGE, _RIDGE_COMPARED = 1e-3, 0.03
_STEPS, _LONGEST_STEP = 60, 1.0


@dataclass(frozen=True, eq=False)
class MeasuredPart:
    """What is known of one part of a folder.

    Attributes:
        kind: of which folder.
        is_good: whether it has no defect.
        is_reference: whether it is one of the good parts that others are compared with.
        grid: (gh, gw).
        raw: (N,) of each channel.
        coverage: (N,) share of each patch that is defective.
        whole: log odds of TokenCLIP's image score.
        global_feature: (D,) unit.
    """

    kind: int
    is_good: bool
    is_reference: bool
    grid: tuple[int, int]
    raw: Raw
    coverage: FloatArray
    whole: float
    global_feature: FloatArray

    @property
    def of_patches(self) -> MeasuredPart:
        """The part without what its text says of it as a whole, which does not tell its patches apart."""
        return replace(self, raw={**self.raw, "text": self.raw["text"] - WHOLE_WEIGHT * self.whole})


def measured_kind(inspector: Inspector, kind: int, family: str, good: int, defective: int) -> list[MeasuredPart]:
    """Make a folder of one kind and measure what the channels say of its parts.

    Raises:
        SettingsError: an unknown family, too few parts, or an engine that gives no evidence tokens.
    """
    if good + defective <= FEWEST_ALIKE:
        raise SettingsError(f"a folder of {good + defective} parts is too small; make at least {FEWEST_ALIKE + 1}.")
    made = [
        generate_of_kind(_FIRST_KIND + kind, number, _SIDE, family=family, defective=number >= good)
        for number in range(good + defective)
    ]
    encoded = inspector.encode([part.image for part in made])
    texts = inspector.text_scores(encoded)
    tokens = [part.evidence_tokens for part in encoded]
    references = range(min(REFERENCES, good))
    found = []
    for number, (part, own, text, image) in enumerate(zip(encoded, tokens, texts, made, strict=True)):
        others = [place for place in range(len(made)) if place != number]
        kept = [tokens[place] for place in others]
        if own is None or part.self_distances is None or any(one is None for one in kept):
            raise SettingsError("this engine gives no tokens that patches are compared by; use torch.")
        lengths = [len(one) for one in kept if one is not None]
        starts = np.cumsum([0, *lengths[:-1]]).astype(np.intp)
        each = distances_to_each(own, np.concatenate([one for one in kept if one is not None]), starts)
        on_shelf = [row for row, place in enumerate(others) if place in references]
        raw: dict[Channel, npt.NDArray[np.float64]] = {
            "text": text_raw(text.token_map.reshape(-1), text.score),
            "self": distance_raw(part.self_distances),
            "consensus": distance_raw(interval_mean(each)),
            "reference": distance_raw(np.asarray(each[on_shelf].min(axis=0), np.float32)),
        }
        shown = cv2.resize(image.mask.astype(np.float32) / 255, part.grid[::-1], interpolation=cv2.INTER_AREA)
        found.append(
            MeasuredPart(
                kind,
                not image.defects,
                number in references,
                part.grid,
                raw,
                np.asarray(shown, np.float32).reshape(-1),
                float(log_odds(np.asarray(text.score))),
                mean_token(own),
            )
        )
    return found


def fitted_scale(parts: Sequence[MeasuredPart]) -> EvidenceScale:
    """The constants that measured parts give.

    Args:
        parts: of several kinds, good and defective ones.
    """
    good = [part for part in parts if part.is_good]
    scales: dict[Channel, ChannelScale] = {
        channel: ChannelScale.of(np.concatenate([part.raw[channel] for part in good])) for channel in CHANNELS
    }
    mixes = {}
    for count in range(1, len(CHANNELS) + 1):
        for channels in itertools.combinations(CHANNELS, count):
            mixes[mix_name(channels)] = _fitted_mix(parts, scales, channels)
    return EvidenceScale(scales, mixes, _alike_cosine(parts))


def _fitted_mix(
    parts: Sequence[MeasuredPart],
    scales: dict[Channel, ChannelScale],
    channels: tuple[Channel, ...],
) -> Mix:
    # A good part on the shelf would be compared with one part less, so it is not used for the fit.
    used = [part for part in parts if "reference" not in channels or not part.is_reference]
    typical = _typical_scales(parts, scales, channels)
    deviations = [_deviations(part, typical[part.kind], channels) for part in used]
    of_patches = [_deviations(part.of_patches, typical[part.kind], channels) for part in used]
    compared = bool(set(_COMPARING) & set(channels))
    bias, own = _weighted(used, of_patches, channels, _RIDGE_COMPARED if compared else _RIDGE)
    if "reference" in channels and len(channels) > 1:
        own = own * [TRUST_IN_GOOD_PARTS if channel in _COMPARING else 1.0 for channel in channels]
    # Where parts are compared with others, the text's judgement of the whole part adds nothing.
    has_whole = "text" in channels and not compared
    good = [(part, values) for part, values in zip(used, deviations, strict=True) if part.is_good]
    levels = [area_levels((bias + values @ own).reshape(part.grid), SIZES) for part, values in good]
    whole = np.array([part.whole for part, _ in good]) if has_whole else None
    of_good = REJECTED_REFERENCE if "reference" in channels else REJECTED_COMPARED
    rate, slope = (of_good, SLOPE_COMPARED) if compared else (REJECTED, SLOPE)
    curve = fitted_curve(np.asarray(levels), rate, whole, slope)
    excesses = [(part.kind, curve.excess((bias + values @ own).reshape(part.grid))) for part, values in good]
    return Mix(dict(zip(channels, own.tolist(), strict=True)), bias, curve, _scatter(excesses))


def _scatter(excesses: Sequence[tuple[int, float]]) -> float:
    """How far apart good parts of one kind are: 5 % and 97 % of what is left when each kind's median is taken away.

    Args:
        excesses: the kind of each part, and how far its hottest region is above the limit, in log odds.
    """
    left: list[float] = []
    for kind in {kind for kind, _ in excesses}:
        own = np.array([value for other, value in excesses if other == kind])
        left += (own - np.median(own)).tolist()
    low, high = np.quantile(left, (COOLEST, HOTTEST))
    return float(high - low)


def _typical_scales(
    parts: Sequence[MeasuredPart], shipped: Mapping[Channel, ChannelScale], channels: tuple[Channel, ...]
) -> dict[int, Mapping[Channel, ChannelScale]]:
    """The scales of each kind, as inspection takes them: from its folder, from its good parts, or the shipped ones."""
    found: dict[int, Mapping[Channel, ChannelScale]] = {}
    for kind in {part.kind for part in parts}:
        own = [part for part in parts if part.kind == kind]
        scales = dict(shipped)
        if "consensus" in channels:
            scales |= moved_scales(shipped, [part.raw for part in own], OF_POOLS)
        if "reference" in channels:
            scales |= moved_scales(shipped, [part.raw for part in own if part.is_reference], OF_GOOD_PARTS)
        found[kind] = scales
    return found


def _weighted(
    parts: Sequence[MeasuredPart],
    deviations: Sequence[npt.NDArray[np.float64]],
    channels: tuple[Channel, ...],
    ridge: float,
) -> tuple[float, npt.NDArray[np.float64]]:
    """Bias and weights of the channels; those that compare with other parts share one, since they say the same."""
    both = [channels.index(channel) for channel in _COMPARING if channel in channels]
    alone = [place for place in range(len(channels)) if place not in both]
    if len(both) < 2:
        found = _regression(parts, deviations, ridge)
        return float(found[0]), found[1:]
    joined = [np.column_stack([values[:, alone], values[:, both].mean(axis=1)]) for values in deviations]
    found = _regression(parts, joined, ridge)
    weights = np.empty(len(channels))
    weights[alone], weights[both] = found[1:-1], found[-1] / len(both)
    return float(found[0]), weights


def _deviations(
    part: MeasuredPart, scales: Mapping[Channel, ChannelScale], channels: tuple[Channel, ...]
) -> npt.NDArray[np.float64]:
    """(N, C) of the channels, in units of their spreads."""
    return np.stack([scales[channel].deviation(part.raw[channel]) for channel in channels], axis=1)


def _regression(
    parts: Sequence[MeasuredPart], deviations: Sequence[npt.NDArray[np.float64]], ridge: float
) -> npt.NDArray[np.float64]:
    """Bias and weights of a logistic regression; the classes weigh equally, and so do the parts within a class."""
    rows, labels, weights = [], [], []
    for part, values in zip(parts, deviations, strict=True):
        for label, chosen in ((0.0, part.coverage == 0), (1.0, part.coverage >= _COVERED)):
            count = int(chosen.sum())
            if count:
                rows.append(values[chosen])
                labels.append(np.full(count, label))
                weights.append(np.full(count, 1 / count))
    features = np.concatenate([np.ones((sum(map(len, rows)), 1)), np.concatenate(rows)], axis=1)
    classes, shares = np.concatenate(labels), np.concatenate(weights)
    for label in (0.0, 1.0):
        shares[classes == label] /= max(float(shares[classes == label].sum()), 1e-12)
    return _newton(features, classes, shares, ridge)


def _newton(
    features: npt.NDArray[np.float64],
    classes: npt.NDArray[np.float64],
    shares: npt.NDArray[np.float64],
    strength: float,
) -> npt.NDArray[np.float64]:
    """Weighted logistic regression by Newton steps, the first coefficient free, all others 0 or more."""
    found = np.zeros(features.shape[1])
    ridge = np.full(len(found), strength)
    ridge[0] = 0
    for _ in range(_STEPS):
        odds = features @ found
        probabilities = np.asarray(sigmoid(odds))
        slope = features.T @ (shares * (probabilities - classes)) + ridge * found
        bent = features.T @ (features * (shares * probabilities * (1 - probabilities))[:, None]) + np.diag(ridge)
        free = (found > 0) | (slope < 0)
        free[0] = True
        step = np.zeros_like(found)
        step[free] = np.linalg.solve(bent[np.ix_(free, free)], slope[free])
        found = found - np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        found[1:] = np.maximum(found[1:], 0)
    return found


def _alike_cosine(parts: Sequence[MeasuredPart]) -> float:
    """Cosine to the mean of their kind that nearly all parts of one kind have; others begin pools of their own."""
    within: list[float] = []
    for kind in {part.kind for part in parts}:
        members = [part.global_feature for part in parts if part.kind == kind]
        mean = np.mean(members, axis=0)
        within += [float(mean @ one) / max(float(np.linalg.norm(mean)), 1e-12) for one in members]
    return float(np.quantile(within, _UNLIKE))
