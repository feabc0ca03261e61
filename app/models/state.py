"""The model in use: which ones there are, which is loaded or on its way, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.parts.state import Colour, ModelChoice, ModelFacts
from app.parts.store import PartStore
from app.work.engine import Engine, InspectorFactory
from app.work.jobs import Outcome
from app.work.order_of_work import later
from app.work.work import Work
from tokenclip_core.model.folders import ModelFolder, available_models, checkpoint_backbone, model_in

_RELOAD_MILLISECONDS = 400
"""Settings of the model that change within this time are taken together."""


_Lane = Enum("_Lane", "LOAD LIST RECOLOUR")


@dataclass(frozen=True)
class ModelFailure:
    """A model that could not be loaded.

    Attributes:
        name: of the model.
        message: why, in words.
        details: the traceback.
        stays: name of the model that stays in use; "" where there is none.
    """

    name: str
    message: str
    details: str
    stays: str


class ModelState(QObject):
    """Owns the choice of the model; one that can't be loaded leaves the one before in use.

    Attributes:
        engine: the model itself; for jobs of the inference thread alone.
        facts: of the loaded model; None while there is none.
        is_loading: whether a model is on its way.
        key: of the model in use or on its way; see `tokenclip_core.model.folders.ModelFolder`.
        recoloured: told the facts when subspaces are drawn in other colours, and nothing else is another.
        asked: how often a model was asked for; what was said when it was another number may be another model's.

    Signals:
        loading: (name) a model is on its way, and none is there until then.
        loaded: (ModelFacts) it is there.
        ready: everything has taken the model over: parts can be inspected.
        failed: (ModelFailure).
        listed: other models are known, or another one is in use.
    """

    loading = Signal(str)
    loaded = Signal(object)
    ready = Signal()
    failed = Signal(object)
    listed = Signal()

    def __init__(
        self,
        work: Work,
        store: PartStore,
        key: str,
        factory: InspectorFactory,
        search: Callable[[], tuple[ModelFolder, ...]] = available_models,
        parent: QObject | None = None,
    ) -> None:
        """Make it, with no model yet.

        Args:
            work: the threads.
            store: whose results end with the model that said them.
            key: of the first model.
            factory: loads models, in the inference thread.
            search: finds those on this machine's disks.
            parent: owns it.
        """
        super().__init__(parent)
        self._work, self._store, self.search = work, store, search
        self.engine = Engine(store.images, factory)
        self.facts: ModelFacts | None = None
        self.key = self._working_key = key
        self._learned = self._working_learned = ModelChoice("", "")
        self._working: ModelFacts | None = None
        self._folders: dict[str, ModelFolder] = {}
        self._names: dict[str, str] = {}
        self.is_loading = False
        self.asked = 0
        self.recoloured: Callable[[ModelFacts], object] = _nobody
        self._reload = later(self, self.reload, _RELOAD_MILLISECONDS)
        work.prepared.connect(self.look_for_models)

    @property
    def name(self) -> str:
        """The name, for people, of the model that is in use or being loaded."""
        return self._name_of(self.key)

    @property
    def shown_facts(self) -> ModelFacts | None:
        """Of the loaded model, by its name for people; None while there is none."""
        return None if self.facts is None else replace(self.facts, name=self.name)

    @property
    def subspaces(self) -> int:
        """How many the loaded model has."""
        return 0 if self.facts is None else len(self.facts.subspaces)

    @property
    def folders(self) -> tuple[ModelFolder, ...]:
        """The models that are known."""
        return tuple(self._folders.values())

    @property
    def in_use(self) -> ModelChoice:
        """The model in use or on its way."""
        folder = self._folders.get(self.key)
        megabytes = 0 if folder is None else folder.megabytes
        learned = self._learned
        return ModelChoice(self.name, self.key, learned.checkpoint, megabytes, learned.vocabulary)

    @property
    def choices(self) -> tuple[ModelChoice, ...]:
        """All models, each followed by what it has learned."""
        return tuple(
            ModelChoice(folder.name, folder.key, checkpoint, folder.megabytes)
            for folder in self._folders.values()
            for checkpoint in ("", *folder.checkpoints)
        )

    def look_for_models(self) -> None:
        """List the models on this machine's disks."""
        self._work.display.submit(lambda _cancellation: self.search(), lane=_Lane.LIST, then=self._on_listed)

    def choice_of_folder(self, folder: Path) -> ModelChoice | None:
        """The model of a folder, which is listed from now on; None if there is none."""
        key = str(folder)
        model = model_in(folder, folder.name, key)
        if model is None:
            return None
        self._folders[key] = model
        self.listed.emit()
        return ModelChoice(model.name, key, "", model.megabytes)

    def choice_of_checkpoint(self, file: Path) -> ModelChoice | None:
        """A checkpoint with the model it was learned for; None if it is none."""
        backbone = checkpoint_backbone(file)
        if backbone is None:
            return None
        own = (folder for folder in self._folders.values() if backbone in (folder.name, Path(folder.key).name))
        folder = next(own, None)
        if folder is None:
            return replace(self.in_use, checkpoint=str(file), vocabulary="")
        return ModelChoice(folder.name, folder.key, str(file), folder.megabytes)

    def choose(self, key: str) -> None:
        """Load another model; parts are inspected anew with it."""
        self.take(ModelChoice("", key))

    def take(self, choice: ModelChoice) -> None:
        """Load another model, or the same one with what else it has learned; parts are inspected anew with it."""
        now = self.in_use
        same = (choice.key, choice.checkpoint, choice.vocabulary) == (now.key, now.checkpoint, now.vocabulary)
        # A file of words, or of what was learned, may hold another one by now.
        from_file = bool(choice.vocabulary) or Path(choice.checkpoint).is_absolute()
        if self.facts is None or from_file or not same:
            self._learned = choice
            self.load(choice.key)

    def load_named(self, key: str, name: str) -> None:
        """Load a model that is in no list, also if it is loaded: it may be another one by now."""
        self._learned = ModelChoice("", key)
        self._names[key] = name
        self.load(key)

    def load(self, key: str) -> None:
        """Load a model in place of the one before."""
        self.key, self.facts = key, None
        self.asked += 1
        self._store.without_model()
        self.is_loading = True
        self.loading.emit(self.name)
        self.listed.emit()
        self._work.inference.submit(
            partial(self.engine.load, self.in_use), lane=_Lane.LOAD, priority=-1, then=self._on_loaded
        )

    def reload(self) -> None:
        """Load the model once more."""
        self.load(self.key)

    def reload_soon(self) -> None:
        """Load the model anew, with other settings."""
        self._reload.start()

    def _on_loaded(self, outcome: Outcome) -> None:
        self.is_loading = self.is_loading and outcome.status == "cancelled"
        if isinstance(outcome.value, ModelFacts):
            self.facts = self._working = outcome.value
            self._working_key, self._working_learned = self.key, self._learned
            self._store.begin_model(self.subspaces)
            self.loaded.emit(self.facts)
            self.listed.emit()
            self._store.order_outdated.emit()
            self.ready.emit()
        elif outcome.status == "failed":
            failed, stays = self.name, ""
            if self._working is not None:
                self.facts, self.key = self._working, self._working_key
                self._learned = self._working_learned
                self._store.keep_model(self.subspaces)
                stays = self.name
            self.failed.emit(ModelFailure(failed, outcome.error, outcome.details, stays))
            if stays:
                self.listed.emit()
                self.ready.emit()

    def _on_listed(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, tuple):
            own = {key: folder for key, folder in self._folders.items() if Path(key).is_absolute()}
            self._folders = {folder.key: folder for folder in outcome.value} | own
            self.listed.emit()

    def recolour(self, colours: Mapping[str, Colour]) -> None:
        """Draw subspaces in other colours, by their names; scores and what the encoder said stay."""
        self._work.inference.submit(
            partial(self.engine.recolour, colours), lane=_Lane.RECOLOUR, keep_others=True, then=self._on_recoloured
        )

    def _on_recoloured(self, outcome: Outcome) -> None:
        if isinstance(outcome.value, ModelFacts) and self.facts is not None:
            self.facts = self._working = outcome.value
            self._store.repaint()
            self.recoloured(self.facts)

    def on_trouble(self, tell: Callable[[str], object]) -> None:
        """Have it told, in words and in this thread, when what runs the model fails and another engine takes over."""

        def hear(words: str, facts: ModelFacts) -> None:
            self._work.inference.post(partial(self._on_trouble, tell, words, facts))

        self.engine.on_trouble(hear)

    def take_facts(self, facts: ModelFacts) -> None:
        """The loaded model runs in another engine now; its results stay."""
        if self.facts is not None and self.facts.key == facts.key:
            self.facts = self._working = facts

    def _on_trouble(self, tell: Callable[[str], object], words: str, facts: ModelFacts) -> None:
        self.take_facts(facts)
        tell(words)

    def forget(self, path: str) -> None:
        """Forget a part's encoding, because its file changed."""
        self._work.inference.submit(
            lambda _cancellation: self.engine.forget(path), lane="forget", priority=-1, keep_others=True
        )

    def _name_of(self, key: str) -> str:
        # A folder may be called by a number where the list has a name for people.
        folder = self._folders.get(key)
        return self._names.get(key, Path(key).name) if folder is None else folder.name


def _nobody(_facts: ModelFacts) -> None:
    """Hears while there is no window."""
