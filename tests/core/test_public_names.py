"""What programs may rely on: the package's own names, fetched when they are first used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import tokenclip_core

PUBLIC = {
    *("Area", "Areas", "Backbone", "Calibration", "DescriptorVocabulary", "InspectionResult", "Inspector", "Region"),
    *(
        "Judgement",
        "PartScores",
        "Recipe",
        "RegionOfInterest",
        "ScoringSettings",
        "SubspaceResult",
        "TextualSubspaces",
        "TiledResult",
        "Tiling",
    ),
    *("VisualTokens", "assign", "calibrate", "image_metrics", "load_image", "pixel_metrics", "transport_plan"),
    *("CheckpointError", "DataLayoutError", "DescriptorsError", "DeviceError", "ImageError", "ModelError"),
    *("SettingsError", "TokenClipError"),
}


def test_the_public_names_stay() -> None:
    assert set(tokenclip_core.__all__) >= PUBLIC
    for name in tokenclip_core.__all__:
        assert getattr(tokenclip_core, name).__module__.startswith("tokenclip_core."), name


def test_importing_the_package_is_cheap(project_root: Path) -> None:
    program = (
        "import sys, tokenclip_core; "
        "heavy = {'torch', 'numpy', 'cv2', 'PIL', 'open_clip', 'timm', 'ot'} & set(sys.modules); "
        "from tokenclip_core import load_image, Tiling, Region; "
        "print(sorted(heavy), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project_root, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[] False", done.stderr
