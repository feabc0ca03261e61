"""Visual tokens of parts: from the cache where they are, else from the frozen encoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional

from tokenclip_core.errors import ImageError, SettingsError
from tokenclip_core.images.reading import load_image
from tokenclip_core.inspection.preprocessing import to_pixels
from tokenclip_core.model.backbone import Backbone
from tokenclip_core.model.fingerprint import backbone_fingerprint
from tokenclip_core.training.augmentation import Change
from tokenclip_core.training.token_cache import PartTokens, TokenCache, token_key
from tokenclip_core.training.training_data import PartFile


class TokenSource:
    """Gives the visual tokens of parts.

    With a cache, tokens are in half precision even where there was no room to keep them, so that results don't depend
    on the room. Parts are encoded one by one, so that their tokens do not depend on which parts are already kept.

    Attributes:
        encoded: how many parts went through the encoder so far.
        cache: where tokens are kept, or None.
    """

    def __init__(
        self,
        backbone: Backbone,
        layers: Sequence[int],
        first_vv_block: int,
        cache: TokenCache | None = None,
        *,
        kept_layers: Sequence[int] | None = None,
    ) -> None:
        """Set up; nothing is read yet.

        Args:
            backbone: the frozen encoder.
            layers: 1-based taps.
            first_vv_block: 0-based.
            cache: None to encode whenever tokens are asked for, in float32.
            kept_layers: taps that are encoded and kept, so that sources with other ``layers`` share a cache; None for
                ``layers`` alone.

        Raises:
            SettingsError: ``kept_layers`` lacks one of the layers.
        """
        self.encoded = 0
        self.cache = cache
        self._backbone = backbone
        self._layers = tuple(layers if kept_layers is None else kept_layers)
        if not set(layers) <= set(self._layers):
            raise SettingsError(f"taps {tuple(layers)} are not among the kept ones {self._layers}; keep them too.")
        self._chosen = None if tuple(layers) == self._layers else [self._layers.index(layer) for layer in layers]
        self._first_vv_block = first_vv_block
        self._in_use: set[str] = set()
        self._recipe = repr(
            (
                backbone_fingerprint(backbone),
                str(backbone.dtype),
                backbone.position_interpolation,
                backbone.mean,
                backbone.std,
                self._layers,
                first_vv_block,
            )
        )

    def prepare(self, part: PartFile) -> bool:
        """See to it that a part's tokens are kept, or at least that its image can be read.

        Returns:
            Whether they are kept; if not, every `tokens` encodes them anew.

        Raises:
            ImageError: the image can't be read.
        """
        if self.cache is None:
            load_image(part.image, bits=part.bits)
            return False
        key = self._key(part)
        self._in_use.add(key)
        if self.cache.get(key, self._shape(part)) is not None:
            self.cache.touch(key)
            return True
        if not self.cache.make_room(self._bytes(part), self._in_use):
            load_image(part.image, bits=part.bits)
            return False
        return self.cache.put(key, self._encode(part), self._in_use)

    def tokens(self, part: PartFile, change: Change | None = None) -> PartTokens:
        """Tokens of a part: float16 with a cache, float32 without.

        Args:
            part: which one.
            change: of its pixels; a changed part is always encoded.

        Raises:
            ImageError: they are not kept, and the image can't be read or is not the one it was.
        """
        if change is None:
            found = self._all_tokens(part)
        else:
            found = self._encode(part, change)
            found = found if self.cache is None else found.half()
        return found if self._chosen is None else PartTokens(found.features[self._chosen], found.global_feature)

    def _all_tokens(self, part: PartFile) -> PartTokens:
        if self.cache is None:
            return self._encode(part)
        key = self._key(part)
        kept = self.cache.get(key, self._shape(part))
        if kept is not None:
            return kept
        encoded = self._encode(part).half()
        self.cache.put(key, encoded, self._in_use)
        return encoded

    def _key(self, part: PartFile) -> str:
        depth = "" if part.bits is None else f" {part.bits} bits"
        return token_key(f"{self._recipe} {part.input_size}{depth}", part.content_sha256)

    def _shape(self, part: PartFile) -> tuple[int, int, int]:
        return len(self._layers), part.grid[0] * part.grid[1], self._backbone.embed_dim

    def _bytes(self, part: PartFile) -> int:
        layers, tokens, width = self._shape(part)
        return 2 * (layers * tokens + 1) * width

    @torch.inference_mode()
    def _encode(self, part: PartFile, change: Change | None = None) -> PartTokens:
        image = load_image(part.image, bits=part.bits)
        if image.shape[:2] != part.size:
            raise ImageError(f"{part.image}: the file was changed during the training; start the training again")
        if change is not None:
            image = change.image(image)
        pixels = torch.from_numpy(to_pixels(image, part.input_size, self._backbone.mean, self._backbone.std))
        tokens = self._backbone.encode_image(pixels[None], self._layers, self._first_vv_block)
        self.encoded += 1
        features = functional.normalize(torch.cat(tokens.patch_features), dim=-1)
        global_feature = functional.normalize(tokens.global_feature[0], dim=-1)
        return PartTokens(features.cpu(), global_feature.cpu())
