"""What every engine gives: visual tokens of normalised pixels, in arrays that scoring understands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.description import ModelDescription

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class EncodedBatch:
    """What an engine says about a batch; arrays of one kind, numpy's or torch's, where the engine computes.

    Attributes:
        global_feature: (B, D) float32, not normalised.
        patch_features: (B, L, N, D) float32, one slice per tapped layer, not normalised; N = gh * gw, row by row.
        grid: (gh, gw), patches down and across.
        layers: the 1-based blocks that were tapped.
        evidence_features: (B, N, E) float32, unit tokens that patches are compared by, the blocks of the model's
            ``evidence_layers`` joined (see `tokenclip_core.evidence.distances.joined_tokens`); None from an engine that
            gives none.
    """

    global_feature: Any
    patch_features: Any
    grid: tuple[int, int]
    layers: tuple[int, ...]
    evidence_features: Any = None


class Engine(ABC):
    """Runs one model's image tower.

    Attributes:
        model: what is known of the model.
        device_name: where it computes, such as ``cpu`` or ``cuda:0``.
        precision_name: ``fp32``, ``bf16`` or ``fp16``.
        why: why it is this engine, in a sentence; may be empty.
        trouble: what went wrong so that it is not another, quicker one, in a sentence; empty where nothing did.
    """

    name: str
    """The engine's name, as `--engine` takes it."""

    why: str = ""
    trouble: str = ""

    _hears: Callable[[str], object] | None = None

    model: ModelDescription
    device_name: str
    precision_name: str

    @property
    @abstractmethod
    def backbone(self) -> Backbone:
        """The model in torch, loaded if need be: what new texts and training take."""

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the model's weights."""
        return self.model.weights_sha256

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Unit embeddings of plain texts, by the model in torch: (P, D) float32."""
        return self.backbone.embed_texts(texts)

    @abstractmethod
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        """Encode (B, 3, h, w) float32 normalised pixels, h and w multiples of the patch.

        Args:
            pixels: normalised with the model's ``mean`` and ``std``.
            layers: 1-based blocks to tap, ascending.
            first_vv_block: first block of the dense path, 0-based.

        Raises:
            SettingsError: a wrong shape, or taps out of range.
        """

    def taps(self, layers: tuple[int, ...], first_vv_block: int) -> bool:
        """Whether `encode` can tap these blocks; torch taps any."""
        del layers, first_vv_block
        return True

    def run(self, step: Callable[[Engine], Made]) -> Made:
        """Do a step with the arrays of this engine; where its device fails, it may be done again with another's.

        Args:
            step: called with the engine, perhaps twice, so it must leave nothing behind when it fails.
        """
        return step(self)

    def on_trouble(self, hears: Callable[[str], object]) -> None:
        """Have each trouble told to `hears`, in the thread in which it happens; at once, if it has happened before."""
        self._hears = hears
        if self.trouble:
            hears(self.trouble)

    def tell(self, words: str) -> None:
        """Let it be known that something went wrong, in a sentence."""
        self.trouble = words
        if self._hears is not None:
            self._hears(words)

    def place(self, values: Any) -> Any:
        """Numpy values as the kind of array that `encode` gives, on the same device."""
        return values
