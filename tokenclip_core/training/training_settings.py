"""Every choice of prompt training, checked; the defaults are AnomalyCLIP's recipe (arXiv 2310.18961)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from tokenclip_core.errors import SettingsError
from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.subspaces.checkpoint import MAX_SUBSPACES
from tokenclip_core.subspaces.prompts import CONTEXT_LENGTH, DEEP_DEPTH, DEEP_LENGTH
from tokenclip_core.training.augmentation import Augmentation

Orthogonality = Literal["states", "directions"]
Initialisation = Literal["random", "descriptors"]

# Adam's decay rates in AnomalyCLIP.
ADAM_BETAS = (0.5, 0.999)


@dataclass(frozen=True)
class TrainingSettings:
    """How prompts are trained. The defaults were chosen by the ablations of ``compact``, unlike AnomalyCLIP's 1e-3.

    Attributes:
        subspaces: K.
        epochs: at most.
        batch_size: parts per step.
        learning_rate: of Adam.
        seed: of the initial vectors, the order of the parts and the choice of the validation parts.
        pixel_weight: lambda, weight of the losses of the maps.
        orthogonality_weight: mu, weight of the orthogonality of the subspaces; 0 for none.
        orthogonality: whether ``states`` or ``directions`` shall be orthogonal; see prompts.orthogonality_loss.
        initialisation: ``random`` context, or context that begins with the words of a vocabulary's families.
        descriptor_share: of the descriptors in what is inspected with, from 0 to less than 1; see `blending.blended`.
            0 where the prompts began at random.
        validation_share: of the parts, kept apart to choose the best epoch by; 0 for none: the last epoch is kept.
        patience: epochs without a lower validation loss after which training stops; 0 for never.
        enlargement: points per patch and side at which maps and masks are compared.
        context_length: E, learnable vectors of each prompt.
        deep_length: M, learnable tokens of each deeper text block; 0 for none.
        deep_depth: text blocks with learnable tokens.
        augmentation: seeded changes of the training parts; each changed part is encoded anew.
        mixed_precision: whether the text tower computes in bfloat16; weights and losses stay in float32.
        scoring: assignment and temperature, as in inspection.
    """

    subspaces: int = 12
    epochs: int = 15
    batch_size: int = 8
    learning_rate: float = 3e-4
    seed: int = 111
    pixel_weight: float = 4.0
    orthogonality_weight: float = 1.0
    orthogonality: Orthogonality = "directions"
    initialisation: Initialisation = "descriptors"
    descriptor_share: float = 0.5
    validation_share: float = 0.1
    patience: int = 0
    enlargement: int = 4
    context_length: int = CONTEXT_LENGTH
    deep_length: int = DEEP_LENGTH
    deep_depth: int = DEEP_DEPTH
    augmentation: Augmentation = field(default_factory=Augmentation)
    mixed_precision: bool = False
    scoring: ScoringSettings = field(default_factory=ScoringSettings)

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "enlargement"):
            self._check(name, getattr(self, name) >= 1, "1 or more")
        self._check("subspaces", 1 <= self.subspaces <= MAX_SUBSPACES, f"1 to {MAX_SUBSPACES}")
        self._check("learning_rate", self.learning_rate > 0, "greater than 0")
        self._check("seed", 0 <= self.seed < 2**63, "a whole number from 0")
        for name in ("pixel_weight", "orthogonality_weight", "patience"):
            self._check(name, getattr(self, name) >= 0, "0 or more")
        for name in ("validation_share", "descriptor_share"):
            self._check(name, 0 <= getattr(self, name) < 1, "from 0 to less than 1")
        if self.initialisation == "random":
            object.__setattr__(self, "descriptor_share", 0.0)
        for name, choices in (("orthogonality", get_args(Orthogonality)), ("initialisation", get_args(Initialisation))):
            self._check(name, getattr(self, name) in choices, " or ".join(map(repr, choices)))
        if self.scoring.muted:
            raise SettingsError("training with muted subspaces makes no sense; unmute them.")

    def identity(self) -> dict[str, Any]:
        """All that decides the weights after an epoch, as plain JSON values: a resumed training must agree in it."""
        values = asdict(self)
        values["scoring"] = self.scoring.to_mapping()
        # How many epochs to train may be changed when a training is resumed.
        del values["epochs"], values["patience"]
        return values

    def _check(self, name: str, holds: bool, expected: str) -> None:
        value = getattr(self, name)
        if not holds or (isinstance(value, float) and not math.isfinite(value)):
            raise SettingsError(f"training setting {name} is {value!r}; it must be {expected}.")
