"""Tables that spreadsheets open rightly, whatever stands in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenclip_core.output.results_file import ResultsWriter, RunRecord
from tokenclip_core.output.rows import ResultRow
from tokenclip_core.output.table import TableWriter, cell, open_table, table_text

SIGNS = "=+-@\t\r＝＋－＠"


def test_rows_become_lines_below_a_header() -> None:
    text = table_text([{"a": 1, "b": "x,y"}, {"a": None, "b": ""}])
    assert text == 'a,b\n1,"x,y"\n,\n'
    assert table_text([]) == "\n"
    assert table_text([{"a": "ä"}]) == "\ufeffa\nä\n"


def test_a_table_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    with open_table(tmp_path / "t.csv") as stream:
        TableWriter(stream, ["path"]).write({"path": "划痕.png"})
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbfnumber,path\n" + "1,划痕.png\n".encode()


@pytest.mark.parametrize("sign", list(SIGNS))
@pytest.mark.parametrize("before", ["", "part;", "part,"])
def test_no_text_is_a_formula(sign: str, before: str) -> None:
    for separator in (",", ";"):
        line = table_text([{"path": f'{before}{sign}HYPERLINK("x")'}]).splitlines()[1]
        for shown in next(csv.reader([line], delimiter=separator)):
            assert shown[:1] not in SIGNS or not shown, line


def test_numbers_stay_numbers() -> None:
    assert [cell(value) for value in (-1, -0.5, None, True)] == [-1, -0.5, None, True]
    assert cell("parts/a-b=c.png") == "parts/a-b=c.png"


@given(st.lists(st.text() | st.sampled_from(["a\rb", "a\nb", "a\x00b", "a\x85b", "a\u2028b", "\udcff"]), min_size=1))
def test_no_name_breaks_a_row(names: list[str]) -> None:
    text = table_text([{"path": name, "score": 0.5} for name in names])
    written = text.encode("utf-8", "backslashreplace").decode("utf-8-sig")
    assert len(written.splitlines()) == len(names) + 1
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [row["score"] for row in rows] == ["0.5"] * len(names)


def test_results_have_names_as_they_are_and_tables_have_harmless_ones(tmp_path: Path) -> None:
    names = ["part\r=1+1.png", '=HYPERLINK("x"&A1).png', "ok.png"]
    with ResultsWriter(tmp_path, RunRecord({})) as writer:
        for name in names:
            writer.write(ResultRow(name, 64, 48, 0.99, 0.4, "defect"))
        writer.close(finished=True)
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row["number"] for row in table] == ["1", "2", "3"]
    assert [row["path"] for row in table] == ["part\\r=1+1.png", '\'=HYPERLINK("x"&A1).png', "ok.png"]
    lines = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
    assert [ResultRow.from_json(line).path for line in lines] == names
