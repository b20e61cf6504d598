// The page's only style sheet. Light, one column of text, figures side by side where there is room.

export const STYLE = `
:root {
  --ink: #1c1e21; --soft: #565b63; --line: #d9dce1; --paper: #ffffff; --wash: #f5f6f8;
  --a: #0b5c94; --a-wash: #e9f2f9; --b: #a34700; --b-wash: #fcf0e6;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif;
}
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 36px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 0 0 12px; padding-top: 36px; }
h3 { font-size: 1.08rem; margin: 28px 0 8px; overflow-wrap: anywhere; }
p, ul, ol.plain { max-width: 72ch; }
.kind { margin: 0; color: var(--soft); }
a { color: var(--a); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 14px 0 0; max-width: none; }
.toy {
  margin: 20px 0 0; padding: 14px 18px; max-width: none;
  background: #fff6d6; border: 1px solid #d9b52c; border-left-width: 6px; border-radius: 6px;
}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .94rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 6px 18px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { font-weight: 600; border-bottom: 2px solid #9aa0a8; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: normal; min-width: 12.5em; overflow-wrap: anywhere; }
.number { text-align: right; }
table.dense { font-size: .86rem; } .dense th, .dense td { padding-right: 12px; } .dense tbody th { min-width: 11em; } .dense.whole tbody th { white-space: nowrap; }
.stacked td.number { white-space: normal; } .ends { display: inline-block; white-space: nowrap; }
td.words { white-space: normal; min-width: 16em; }
td.name { white-space: normal; min-width: 9em; overflow-wrap: anywhere; }
.big td.number { font-size: 1.05rem; font-weight: 600; }
.big td.number { min-width: 8.5em; } .big small { font-size: .8rem; font-weight: 400; }
.source { color: var(--soft); font-size: .88rem; margin: 8px 0 0; max-width: 90ch; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px 32px; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; }
figcaption { color: var(--soft); font-size: .88rem; margin-top: 4px; max-width: 72ch; }
details { margin-top: 16px; }
summary { cursor: pointer; color: var(--a); }
.talk { border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px 18px; margin: 18px 0; }
.talk h3 { margin: 0 0 2px; }
.talk .source { margin: 0 0 10px; overflow-wrap: anywhere; }
.goals { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 10px; margin: 10px 0 16px; }
.goal { border-radius: 6px; padding: 8px 12px; font-size: .93rem; margin: 0; max-width: none; overflow-wrap: anywhere; }
.goal b { display: block; }
.turns { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
.turn { max-width: min(85%, 66ch); padding: 7px 13px 8px; border-radius: 12px; }
.turn p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.who { font-size: .82rem; font-weight: 600; }
.who span { font-weight: 400; color: var(--soft); }
.turn.a { align-self: flex-start; border-bottom-left-radius: 3px; }
.turn.b { align-self: flex-end; border-bottom-right-radius: 3px; }
.a.turn, .a.goal { background: var(--a-wash); } .a .who, .a b { color: var(--a); }
.b.turn, .b.goal { background: var(--b-wash); } .b .who, .b b { color: var(--b); }
.note { font-size: .82rem; color: var(--soft); font-style: italic; }
.ending { margin: 12px 0 0; color: var(--soft); font-size: .93rem; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 300px); gap: 20px; }
.beside aside { font-size: .9rem; border-left: 1px solid var(--line); padding-left: 16px; min-width: 0; overflow-wrap: anywhere; }
.beside td, .beside th { padding-right: 12px; white-space: normal; } .beside tbody th { min-width: 0; }
.warnings { color: #7a4b00; }
code, pre { font: .88em/1.5 ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'Liberation Mono', monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px; overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 12px 0; font-size: .95rem; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: .88rem; padding-top: 28px; padding-bottom: 40px; }
@media (max-width: 560px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  .talk { padding: 12px 12px 14px; } .turn { max-width: 94%; }
  .beside { grid-template-columns: minmax(0, 1fr); } .beside aside { border-left: 0; padding-left: 0; }
  figure.wide { overflow-x: auto; } figure.wide svg { min-width: 600px; } tbody th { min-width: 8em; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --ink: #e6e8eb; --soft: #a8afb8; --line: #3a4048; --paper: #15181c; --wash: #1f2329;
    --a: #82bdec; --a-wash: #1b2a38; --b: #f0a468; --b-wash: #35261a;
  }
  .toy { background: #332c12; border-color: #8a7420; } .warnings { color: #e8bd6b; }
  figure svg { background: #ffffff; border-radius: 6px; }
}
@media print { .turn, figure { break-inside: avoid; } nav { display: none; } }
`;
