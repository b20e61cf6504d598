/** The explorer’s only style, for light and dark screens, phones and print. It sets no style on elements themselves, so that a policy can name it by its hash. */
export const VIEW_STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1c1e21; --soft: #565b63; --line: #d9dce1; --paper: #ffffff; --wash: #f5f6f8;
  --a: #0b5c94; --a-wash: #e9f2f9; --b: #a34700; --b-wash: #fcf0e6; --note: #fff6d6; --note-line: #d9b52c; --warn: #7a4b00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e8eb; --soft: #a8afb8; --line: #3a4048; --paper: #15181c; --wash: #1f2329;
    --a: #82bdec; --a-wash: #1b2a38; --b: #f0a468; --b-wash: #35261a; --note: #332c12; --note-line: #8a7420; --warn: #e8bd6b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif;
}
main, header, footer, .noscript { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 0 0 10px; padding-top: 26px; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 22px 0 6px; overflow-wrap: anywhere; }
h4 { font-size: .95rem; margin: 10px 0 4px; overflow-wrap: anywhere; }
p, ul { max-width: 76ch; }
p { overflow-wrap: anywhere; }
.kind { margin: 0; color: var(--soft); }
a { color: var(--a); }
:focus-visible { outline: 3px solid var(--a); outline-offset: 2px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 6px; padding: 0; margin: 14px 0 0; max-width: none; border-bottom: 1px solid var(--line); }
nav a { display: block; padding: 7px 12px; text-decoration: none; border-radius: 6px 6px 0 0; }
nav a[aria-current] { background: var(--a-wash); color: var(--ink); font-weight: 600; }
.toy, .banner, .noscript { margin: 16px 0 0; padding: 12px 16px; max-width: none; background: var(--note); border: 1px solid var(--note-line); border-left-width: 6px; border-radius: 6px; }
.noscript { margin: 16px auto; max-width: 1140px; }
.lead { padding-top: 18px; } .lead p { max-width: 84ch; margin: 6px 0; } .number-sentence { font-size: 1.2rem; font-weight: 600; line-height: 1.4; }
.soft, .source, figcaption, caption { color: var(--soft); } .source, figcaption { font-size: .88rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .88rem; padding: 10px 0 2px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; border-bottom: 2px solid var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.matrix td, .matrix th { padding-right: 10px; white-space: nowrap; } .swatch { width: 14px; height: 14px; vertical-align: -2px; margin-right: 5px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 8px 32px; align-items: start; }
.columns.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
.columns.maps { align-items: end; }
.columns > * { min-width: 0; }
.explorer { display: grid; grid-template-columns: minmax(0, 560px) minmax(0, 1fr); gap: 12px 36px; align-items: start; }
.explorer > * { min-width: 0; }
.details h3 { margin-top: 6px; }
svg { display: block; max-width: 100%; } .swatch, .dots svg { display: inline-block; }
svg.map { height: auto; touch-action: manipulation; } svg.map[tabindex] { cursor: crosshair; }
svg.legend { width: 320px; margin: 6px 0; } svg.scatter { width: 420px; }
.hover { margin: 4px 0; font-variant-numeric: tabular-nums; }
figure { margin: 14px 0 0; } figure.small svg { width: 340px; }
.dots { width: 100%; } .dots td, .dots th { padding: 3px 10px 3px 0; border-bottom: 0; vertical-align: middle; } .dots .drawn { width: 40%; padding-right: 0; } .dots svg { width: 100%; min-width: 90px; height: 16px; }
.dots th { overflow-wrap: break-word; } .dots .chosen th { font-weight: 700; }
.zero { stroke: var(--soft); stroke-dasharray: 2 2; } .range { stroke: var(--a); stroke-width: 2; } .dot { fill: var(--a); } .bar { fill: var(--a); } .line { fill: none; stroke: var(--a); stroke-width: 2; } .axis { stroke: var(--soft); }
.choices { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; margin: 8px 0 12px; }
.choices label { font-size: .88rem; color: var(--soft); max-width: 100%; } .choices .grow { flex: 1 1 240px; }
select, input, button, .button { font: inherit; font-size: .95rem; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: 5px 9px; max-width: 100%; }
input[type=search] { width: 100%; } label select, label input { display: block; margin-top: 2px; }
button, .button { cursor: pointer; text-decoration: none; } button:hover { background: var(--wash); }
.tools { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; } .said { color: var(--soft); font-size: .88rem; }
.facts { padding-left: 18px; }
.lines { list-style: none; padding: 0; margin: 0; max-width: none; }
.lines li { border-bottom: 1px solid var(--line); }
.lines a, .card > a { display: block; padding: 6px 4px; text-decoration: none; color: inherit; overflow-wrap: anywhere; } .lines a:hover b, .card a:hover b { text-decoration: underline; } .lines b, .card a b { color: var(--a); }
.lines .soft, .card .soft { font-size: .86rem; } .said-line { display: block; font-size: .9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.virtual { height: min(70vh, 900px); overflow-y: auto; border: 1px solid var(--line); border-radius: 8px; }
.virtual ul { position: relative; } .virtual li { position: absolute; left: 0; right: 0; height: 76px; overflow: hidden; } .virtual a { padding: 7px 12px; height: 100%; }
.virtual b, .virtual .soft { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
mark { background: #ffe08a; color: #1c1e21; }
.steps { display: flex; flex-wrap: wrap; gap: 4px 18px; padding-top: 14px; margin: 0; }
.card { border: 1px solid var(--line); border-radius: 10px; padding: 8px 14px 12px; min-width: 0; } .card h3, .card h4 { margin: 4px 0 0; } .card .source { margin: 0 0 4px; } .card.over { border-style: dashed; }
.goals { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 10px; margin: 10px 0 16px; align-items: start; }
.goal { border-radius: 6px; padding: 8px 12px; font-size: .93rem; } .goal p { margin: 6px 0 0; } .goal.a { background: var(--a-wash); } .goal.b { background: var(--b-wash); }
summary { cursor: pointer; color: var(--a); } .goal.b summary { color: var(--b); }
.turns { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
.turn { max-width: min(85%, 66ch); padding: 7px 13px 8px; border-radius: 12px; } .turn p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.turn.a { align-self: flex-start; border-bottom-left-radius: 3px; background: var(--a-wash); } .turn.b { align-self: flex-end; border-bottom-right-radius: 3px; background: var(--b-wash); }
.who { font-size: .82rem; font-weight: 600; } .who span { font-weight: 400; color: var(--soft); } .turn.a .who { color: var(--a); } .turn.b .who { color: var(--b); }
.round { align-self: stretch; border-top: 1px solid var(--line); color: var(--soft); font-size: .82rem; padding-top: 4px; }
.note { font-size: .82rem; color: var(--soft); font-style: italic; } .ending { color: var(--soft); }
.beside-rounds .columns { grid-template-columns: 1fr 1fr; border-top: 1px solid var(--line); padding: 8px 0; } .columns.heads { grid-template-columns: 1fr 1fr; }
.why { font-size: .88rem; text-align: left; white-space: normal; max-width: 34ch; } .why p { margin: 2px 0; }
.warnings { color: var(--warn); } .warnings summary { color: inherit; }
.stages { width: 100%; } .stages th { white-space: nowrap; } .stages progress { width: 100%; accent-color: var(--a); } .stages td:nth-child(2) { width: 34%; vertical-align: middle; } .stages .failed th, .stages .left-out th { color: var(--warn); }
.workers td { overflow-wrap: anywhere; } .workers th, .workers td.soft { white-space: nowrap; } .progress-line { margin: 0 0 8px; font-variant-numeric: tabular-nums; } .workers .lost th, .workers .lost td { color: var(--warn); } .workers .left th, .workers .left td { color: var(--soft); }
.preliminary { border: 1px dashed var(--soft); border-radius: 10px; padding: 0 16px 14px; margin-top: 18px; } .preliminary svg.map { width: 100%; max-width: 340px; }
.runs { list-style: none; padding: 0; max-width: none; border-top: 1px solid var(--line); } .runs li { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 1.4fr) minmax(0, 3fr); gap: 4px 20px; padding: 10px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.runs .soft, .line-of-run { display: block; font-size: .9rem; } .runs .in-folder { display: inline; } .state { font-weight: 600; } .state.running { color: var(--a); } .state.failed, .state.stopped { color: var(--warn); } .runs-choice { margin-top: 20px; }
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 12px; align-items: start; } .wall .turn { font-size: .9rem; } .wall .turn p { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 6; overflow: hidden; }
.wall article { animation: appear .4s; } @keyframes appear { from { opacity: 0; } }
code, pre { font: .86em/1.5 ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'Liberation Mono', monospace; } code { overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: .88rem; padding-top: 28px; padding-bottom: 36px; }
@media (max-width: 860px) { .explorer { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 560px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; } .turn { max-width: 94%; }
  .runs li { grid-template-columns: minmax(0, 1fr); } .preliminary { padding: 0 10px 12px; }
  .stages td.soft { display: none; } .stages td.number { white-space: normal; } .stages td, .stages th { padding-right: 8px; } .beside-rounds .columns, .columns.heads { gap: 8px; } .beside-rounds .turn { padding: 6px 8px; font-size: .9rem; }
  .wall article:nth-child(n+2) { display: none; } .dots .drawn { width: 26%; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; scroll-behavior: auto !important; } }
@media print { nav, .tools, .choices, .steps { display: none; } .turn, figure, .card { break-inside: avoid; } .virtual { height: auto; overflow: visible; } }
`;
