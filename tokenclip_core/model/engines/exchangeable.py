"""An engine behind which another one computes, which may be exchanged while inspectors use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tokenclip_core.model.engines.interface import Engine

if TYPE_CHECKING:
    from tokenclip_core.model.backbone import Backbone


class ExchangeableEngine(Engine):
    """Passes calls on to the engine behind it, and has its name; subclasses say how it encodes."""

    def __init__(self, engine: Engine) -> None:
        """Stand before an engine."""
        self._engine = engine
        self._take(engine)

    @property
    @override
    def backbone(self) -> Backbone:
        return self._engine.backbone

    @override
    def place(self, values: Any) -> Any:
        return self._engine.place(values)

    def _take(self, engine: Engine) -> None:
        """Have another engine compute from now on, whose name, trouble, model, device and precision are this one's."""
        self._engine = engine
        self.name, self.why, self.trouble = engine.name, engine.why, engine.trouble
        self.model = engine.model
        self.device_name, self.precision_name = engine.device_name, engine.precision_name
