"""The row of an inspected part, judged: the same for commands and stations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokenclip_core.inspection.folder import silence_of
from tokenclip_core.inspection.inspector import Inspector
from tokenclip_core.inspection.result import InspectionResult
from tokenclip_core.judgement.findings import Region
from tokenclip_core.judgement.judgement import Judgement
from tokenclip_core.output.rows import ResultRow


def judged_row(
    path: str,
    result: InspectionResult,
    inspector: Inspector,
    judgement: Judgement | None,
    regions: Iterable[Region] = (),
    **known: Any,
) -> ResultRow:
    """The row of a part, as `ResultRow.judged` makes it, with what the inspector that made the result knows of it.

    That is the model's name, and a note where its evidence is silent. Regions are those that the judgement found, see
    `InspectionResult.judged_regions`.
    """
    return ResultRow.judged(
        path,
        result,
        result.part_scores,
        judgement,
        regions,
        note=silence_of(inspector, result) or None,
        model=inspector.model_name,
        **known,
    )
