"""All widgets that features fill, made before anything is wired to them."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.areas.bar import AreasBar
from app.canvas.canvas import Canvas
from app.canvas.display import Display
from app.canvas.footer import CanvasFooter
from app.canvas.layer_bar import LayerBar
from app.canvas.notice import CanvasNotice
from app.compare.view import CompareView
from app.evidence.bar import EvidenceBar
from app.gallery.panel import GalleryPanel
from app.live.page import LivePage
from app.manage.page import ManagePage
from app.models.menu import ModelMenu
from app.parts.panel import PartsPanel
from app.parts.sheet import ContactSheet
from app.recipes.menu import RecipeMenu
from app.result.panel import InspectionPanel
from app.result.patch_panel import PatchPanel
from app.shell.empty_state import EmptyState
from app.shell.message_bar import MessageBar
from app.shell.status_line import StatusLine
from app.subspaces.panel import SubspacesPanel
from tokenclip_core.output.layers import heat_colours


class Views(QObject):
    """The widgets; where they lie in the window is the main window's business.

    Attributes:
        parts, sheet, canvas, compare, layer_bar, evidence, areas_bar, footer, notice: the list and the picture.
        inspection, subspaces, patch, gallery: what is said of the part.
        live: the cameras.
        manage: what is looked after, in sections.
        message, status, empty, model_menu, recipe_menu: what the window says.
    """

    def __init__(self, display: Display) -> None:
        """Make them; those that show layers mirror a display."""
        super().__init__()
        self.parts = PartsPanel()
        self.sheet = ContactSheet(self.parts)
        self.canvas = Canvas()
        self.compare = CompareView()
        self.layer_bar = LayerBar()
        self.evidence = EvidenceBar()
        self.areas_bar = AreasBar()
        self.footer = CanvasFooter(heat_colours(), display)
        self.notice = CanvasNotice(self.canvas)
        self.inspection = InspectionPanel()
        self.subspaces = SubspacesPanel()
        self.patch = PatchPanel()
        self.gallery = GalleryPanel()
        self.live = LivePage(display)
        self.manage = ManagePage()
        self.message = MessageBar()
        self.status = StatusLine()
        self.empty = EmptyState()
        self.model_menu = ModelMenu()
        self.recipe_menu = RecipeMenu()
