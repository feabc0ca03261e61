"""What the window needs of the core's inspector, so that tests can put something quicker in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from app.parts.state import FloatArray


class EncodedLike(Protocol):
    """What the encoder said of a part; see `tokenclip_core.inspection.encoded_part` and `tiled_part`."""

    @property
    def nbytes(self) -> int:
        """Bytes it keeps alive."""
        ...

    @property
    def grid(self) -> tuple[int, int]:
        """(gh, gw), patches down and across."""
        ...

    def patch_tokens(self) -> FloatArray | None:
        """(N, D) float32 unit visual tokens."""
        ...


class SubspaceLike(Protocol):
    """One textual subspace of a model."""

    @property
    def name(self) -> str:
        """As the vocabulary or the checkpoint calls it."""
        ...

    @property
    def colour(self) -> tuple[int, int, int]:
        """Red, green, blue, 0 to 255."""
        ...


class SubspacesLike(Protocol):
    """The textual subspaces of a model."""

    @property
    def subspaces(self) -> Sequence[SubspaceLike]:
        """The subspaces in their order."""
        ...

    @property
    def fingerprint(self) -> str:
        """The fingerprint of their texts, or of what was learned."""
        ...


class InspectorLike(Protocol):
    """What the window needs of `tokenclip_core.inspection.inspector.Inspector`."""

    @property
    def model_name(self) -> str:
        """Name of the backbone."""
        ...

    @property
    def engine_name(self) -> str:
        """Such as ``openvino``."""
        ...

    @property
    def device_name(self) -> str:
        """Such as ``cpu``."""
        ...

    @property
    def precision_name(self) -> str:
        """Such as ``fp32``."""
        ...

    @property
    def checkpoint_name(self) -> str:
        """File name of what was learned, or ""."""
        ...

    @property
    def subspaces(self) -> SubspacesLike:
        """The textual subspaces."""
        ...

    @property
    def settings(self) -> Any:
        """`ScoringSettings`, with `replace`."""
        ...

    @property
    def layers(self) -> Sequence[int]:
        """1-based blocks of the backbone that are tapped."""
        ...

    def prepare(self, image: npt.NDArray[np.uint8]) -> Any:
        """Prepare an image for `encode`; may be called in any thread."""
        ...

    def encode(self, images: Sequence[Any]) -> Sequence[Any]:
        """Encode images, or what `prepare` made of them: the expensive half of an inspection."""
        ...

    def encode_tiled(self, image: npt.NDArray[np.uint8], tiling: Any, *, between: Any = None) -> Any:
        """Encode a part in tiles, cut by a `tokenclip_core.inspection.tiling.Tiling`."""
        ...

    def score(self, encoded: Any, settings: Any = None, *, ignored: Any = None) -> Any:
        """Compute an `InspectionResult` from an encoding: the cheap half of an inspection."""
        ...

    def score_batch(self, encoded: Sequence[Any], settings: Any = None, *, ignored: Any = None) -> Sequence[Any]:
        """Compute the results of several encodings, in their order."""
        ...
