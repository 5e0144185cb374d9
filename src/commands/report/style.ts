/** The report's style sheet. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --hover: #eaf1fb;
  --good: #1f6f43; --warn: #8a5a00; --bad: #b3261e; --accent: #0b57b0; --warn-paper: #fff6e0; --bad-paper: #fdecea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --panel: #1d2125; --ink: #e4e7ea; --soft: #9aa4ae; --line: #343b42; --hover: #243040;
    --good: #58c98b; --warn: #e3b341; --bad: #ff8a80; --accent: #7ab4ff; --warn-paper: #2f2812; --bad-paper: #3a1f1d;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; }
p { margin: .4rem 0; max-width: 90ch; }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .92em; }
.soft { color: var(--soft); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1.1rem 0; padding: 0; }
.facts div { min-width: 7.5rem; padding: .55rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--panel); }
.facts dt { color: var(--soft); font-size: .86rem; }
.facts dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; line-height: 1.25; }
.facts .alert { border-color: currentColor; }
.facts .alert.bad { background: var(--bad-paper); }
.facts .alert.warn { background: var(--warn-paper); }
.facts .alert dt { color: inherit; }
.problems { margin: 0; padding-left: 1.2rem; }
.problems li { margin: .25rem 0; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .2rem 0; }
.controls { display: flex; flex-wrap: wrap; gap: .6rem 1.1rem; align-items: end; margin: .6rem 0; }
.controls label { display: grid; gap: .15rem; color: var(--soft); font-size: .86rem; }
.controls label.check { grid-auto-flow: column; align-items: center; justify-content: start; gap: .4rem; padding-bottom: .45rem;
  color: var(--ink); font-size: 14px; }
input[type=search] { width: 15rem; max-width: 80vw; padding: .4rem .55rem; border: 1px solid var(--line); border-radius: .3rem;
  background: var(--paper); color: var(--ink); font: inherit; font-size: 14px; }
input[type=checkbox] { width: 1.05rem; height: 1.05rem; margin: 0; accent-color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.count { margin-left: auto; padding-bottom: .45rem; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .6rem 0; padding: 0; list-style: none; color: var(--soft); }
.legend li { display: flex; align-items: center; gap: .4rem; }
.scroll { width: fit-content; max-width: 100%; max-height: calc(100vh - 6rem); overflow: auto; border: 1px solid var(--line); border-radius: .4rem; }
.scroll.free { width: auto; max-height: none; }
table { border-collapse: separate; border-spacing: 0; }
th, td { border-bottom: 1px solid var(--line); font-weight: 400; text-align: start; vertical-align: top; }
thead th { position: sticky; top: 0; z-index: 2; background: var(--panel); }
.matrix td { width: 1.75rem; min-width: 1.75rem; padding: 0; border-inline-end: 1px solid var(--line); text-align: center; vertical-align: middle; }
.matrix tbody th { position: sticky; left: 0; z-index: 1; min-width: min(21rem, 42vw); max-width: min(30rem, 44vw);
  padding: .22rem .6rem;
  background: var(--paper); border-inline-end: 1px solid var(--line); overflow-wrap: anywhere; }
.matrix thead th { padding: .5rem 0; border-inline-end: 1px solid var(--line); vertical-align: bottom; }
.matrix thead th:first-child { left: 0; z-index: 3; padding: .4rem .6rem; color: var(--soft); }
.matrix thead bdi { display: block; max-height: 11rem; margin: 0 auto; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  writing-mode: vertical-rl; transform: rotate(180deg); line-height: 1.75rem; }
.matrix tbody tr:hover th, .matrix tbody tr:hover td, .matrix col.hot, .matrix thead th.hot { background: var(--hover); }
.matrix small { display: block; font-size: .84rem; }
.dot { display: inline-block; width: .72rem; height: .72rem; vertical-align: middle; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; forced-color-adjust: none; }
.reads { border-radius: 50%; background: var(--good); }
.partly { border: 1.5px solid var(--warn); border-radius: 50%; background: linear-gradient(90deg, var(--warn) 50%, transparent 50%); }
.lacks { border: 2px solid var(--bad); border-radius: 50%; }
.surplus { width: .62rem; height: .62rem; background: var(--bad); transform: rotate(45deg); }
.none { width: .3rem; height: 1px; background: var(--line); }
.people { width: 100%; }
.people th, .people td { padding: .35rem .7rem; overflow-wrap: anywhere; }
.people thead th { color: var(--soft); font-size: .86rem; white-space: nowrap; }
.people td.number { text-align: end; font-variant-numeric: tabular-nums; }
.people td.short { white-space: nowrap; }
.people tbody th, .people td.ends { min-width: 9rem; }
.people .fingerprint { min-width: min(23rem, 60vw); }
.empty { padding: 1rem; color: var(--soft); }
.hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  body { padding: .9rem; }
  .facts div { flex: 1 1 30%; min-width: 6.2rem; padding: .4rem .6rem; }
  .controls label, input[type=search] { width: 100%; max-width: none; }
  .controls label.check { width: auto; }
  .count { margin-left: 0; width: 100%; }
}
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  :root { font-size: 9px; color-scheme: light; --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; --good: #1f6f43; --warn: #8a5a00; --bad: #b3261e; --accent: #000; }
  body { padding: 0; font-size: 9px; }
  .controls, .none { display: none; }
  .scroll { max-height: none; overflow: visible; border: 0; }
  thead th, .matrix tbody th { position: static; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .matrix td { width: auto; min-width: 1.5rem; }
  .matrix thead bdi { line-height: 1.5rem; }
}
`;
