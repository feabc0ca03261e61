"""Settings of trainings that take a moment."""

from __future__ import annotations

from tokenclip_core.scoring.settings import ScoringSettings
from tokenclip_core.training.training_settings import TrainingSettings

QUICK = TrainingSettings(
    subspaces=2, epochs=2, batch_size=2, validation_share=0.0, enlargement=2, scoring=ScoringSettings(epsilon=0.05)
)
