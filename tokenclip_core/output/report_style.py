"""How a report looks, on screen and on paper; no font and no picture from elsewhere."""

from __future__ import annotations

STYLE = """
:root { --window: #f3f4f6; --surface: #fff; --raised: #eaecf0; --border: #d5d9df; --text: #1a1e24; --muted: #596273;
  --good: #0b6e52; --defect: #b52f16; --warning: #855200; --bar: #7d8798; }
@media (prefers-color-scheme: dark) { :root { --window: #17191d; --surface: #1f2227; --raised: #2a2e35;
  --border: #363b43; --text: #e7e9ec; --muted: #a3abb7; --good: #52c79f; --defect: #ff8d73; --warning: #e8b454;
  --bar: #7d8798; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px; max-width: 1180px; background: var(--window); color: var(--text);
  font: 14px/1.45 system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 32px 0 12px; font-size: 18px; }
h3 { margin: 0; font-size: 15px; overflow-wrap: anywhere; }
h4, .overview figcaption { margin: 0 0 4px; font-size: 12px; font-weight: 600; color: var(--muted);
  text-align: left; }
p { margin: 4px 0; } .muted, .folder, footer, svg text { color: var(--muted); fill: var(--muted); }
.place { overflow-wrap: anywhere; }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 12px; }
.card { flex: 1 1 120px; padding: 12px 16px; background: var(--surface); border: 1px solid var(--border);
  border-radius: 8px; }
.card b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card span { color: var(--muted); } .card.defect b { color: var(--defect); }
.overview { display: grid; grid-template-columns: minmax(0, 1fr) minmax(260px, 340px); gap: 12px;
  align-items: stretch; }
.overview > * { margin: 0; padding: 12px 16px; background: var(--surface); border: 1px solid var(--border);
  border-radius: 8px; }
.settings { width: 100%; } .settings th { white-space: nowrap; }
svg { display: block; flex: 1 0 230px; width: 100%; margin: 18px 0 22px; overflow: visible; font-size: 12px; }
.overview figure { display: flex; flex-direction: column; }
svg .good { fill: var(--bar); } svg .defect { fill: var(--defect); }
svg .axis { stroke: var(--border); } svg .threshold { stroke: var(--text); stroke-width: 1.5; }
svg .strong { fill: var(--text); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--muted); text-align: left; }
th, td { padding: 2px 12px 2px 0; vertical-align: top; overflow-wrap: anywhere; }
article { margin: 0 0 12px; padding: 12px 16px 16px; background: var(--surface); border: 1px solid var(--border);
  border-radius: 8px; break-inside: avoid; }
.title { display: flex; align-items: center; gap: 10px; }
.rank { min-width: 24px; color: var(--muted); font-variant-numeric: tabular-nums; }
.title h3 { flex: 1; }
.verdict { padding: 2px 10px; border-radius: 4px; font-size: 12px; font-weight: 700; text-transform: uppercase;
  color: var(--surface); background: var(--good); }
.verdict.defect { background: var(--defect); }
.score { font-size: 18px; font-weight: 700; font-variant-numeric: tabular-nums; }
.folder { margin: 0 0 10px 34px; font-size: 12px; overflow-wrap: anywhere; }
.body { display: flex; flex-wrap: wrap; gap: 16px 24px; }
.pictures { display: flex; flex: 1 1 520px; gap: 12px; min-width: 0; }
.pictures figure { flex: 1 1 0; margin: 0; min-width: 0; }
.pictures img { display: block; width: 100%; max-height: 320px; object-fit: contain; background: var(--raised);
  border-radius: 4px; }
.pictures figcaption { padding-top: 2px; font-size: 12px; color: var(--muted); }
.facts { flex: 1 1 280px; min-width: 0; }
.shares { display: flex; height: 8px; border-radius: 4px; overflow: hidden; background: var(--raised); }
ul { margin: 6px 0 12px; padding: 0; list-style: none; columns: 2; column-gap: 20px; }
li { display: flex; align-items: center; gap: 6px; break-inside: avoid; }
li i { flex: none; width: 10px; height: 10px; border-radius: 2px; } li span { margin-left: auto; color: var(--muted); }
.facts table { width: 100%; margin-bottom: 8px; } .facts td + td + td, .facts th + th + th { text-align: right; }
.facts td:last-child, .facts th:last-child { padding-right: 0; }
.review { margin-top: 8px; padding: 8px 12px; background: var(--raised); border-radius: 6px; }
.review p { white-space: pre-wrap; overflow-wrap: anywhere; } .rejected { color: var(--defect); }
.accepted { color: var(--good); } .error { color: var(--warning); } .unreadable { width: 100%; }
footer { margin-top: 24px; font-size: 12px; }
@media (max-width: 760px) { .overview { grid-template-columns: 1fr; } }
@media print { body { padding: 0; max-width: none; background: none; }
  .card, .overview > *, article { border-color: #bbb; }
  .verdict, .shares i, li i, svg rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
