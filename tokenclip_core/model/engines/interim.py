"""Torch runs a model that was not converted yet; where it is converted meanwhile, the quicker engine takes over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from typing_extensions import override

from tokenclip_core.arrays import FloatArray
from tokenclip_core.model.engines.exchangeable import ExchangeableEngine
from tokenclip_core.model.engines.interface import EncodedBatch, Engine

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone


class InterimEngine(ExchangeableEngine):
    """Runs a model in torch until `take_over`, and in the converted network from then on.

    Every inspector that shares it uses the converted network from then on. Earlier results hold, since a converted
    network is trusted only where it gives torch's tokens.
    """

    def __init__(self, engine: Engine, in_torch: Callable[[Backbone], Engine], converted: Callable[[], Engine]) -> None:
        """Stand in for a converted network.

        Args:
            engine: the model in torch, on the processor.
            in_torch: makes such an engine of the model in torch.
            converted: opens the converted network; raises as `open_engine` does.
        """
        super().__init__(engine)
        self._in_torch, self._converted = in_torch, converted
        self._other: Engine | None = None
        self.has_taken_over = False

    @override
    def encode(self, pixels: FloatArray, layers: tuple[int, ...], first_vv_block: int) -> EncodedBatch:
        return self._for(layers, first_vv_block).encode(pixels, layers, first_vv_block)

    def take_over(self) -> None:
        """Go on with the converted network.

        Raises:
            ModelError: there is none, it is damaged, or it differs from torch here; nothing has changed then.
            DeviceError: what runs it is not installed.
        """
        if not self.has_taken_over:
            self._take(self._converted())
            self.has_taken_over = True

    def _for(self, layers: tuple[int, ...], first_vv_block: int) -> Engine:
        """The engine that can tap these blocks; inspectors that began in torch may tap some that the network lacks."""
        running = self._engine
        if running.taps(layers, first_vv_block):
            return running
        if self._other is None:
            self._other = self._in_torch(running.backbone)
        return self._other
