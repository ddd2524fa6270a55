import { Markup } from './html.ts';

// Every pair of text and ground has a contrast of 4.5 at least, in both schemes.
const text = `
:root { color-scheme: light dark; --ground: #f7f7f5; --card: #ffffff; --ink: #1d2329; --soft: #59626c; --edge: #dcdfe3; --link: #0b57a4;
  --mark: #3272b5; --tint: #3272b526; --ok: #1a6b36; --incomplete: #8a5300; --failed: #b3241c; --skipped: #59626c; --gap: #9aa2ab40; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --card: #1c2024; --ink: #e6e8ea; --soft: #a3abb4; --edge: #343a40; --link: #86b9f0;
  --mark: #6ea8e0; --tint: #6ea8e02e; --ok: #6fcb8b; --incomplete: #edb257; --failed: #ff8d85; --skipped: #a3abb4; --gap: #9aa2ab38; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .25rem 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
h4 { font-size: 1rem; margin: 0; font-weight: 600; }
p, ul, dl, figure { margin: .4rem 0; }
small, .age, figcaption, footer, .hint { font-size: .875rem; }
small, .age, footer { color: var(--soft); font-weight: 400; }
code, .name { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92em; }
h1 .name, h3 .name { font-family: inherit; font-size: 1em; }
nav ul { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; list-style: none; padding: 0; margin: .3rem 0 0; }
nav a { display: inline-block; padding: .25rem 0; }
.card, .headline, .group, .scroll, dl { background: var(--card); border: 1px solid var(--edge); border-radius: .6rem; }
.headline { border-left: .4rem solid var(--tone); padding: .7rem 1rem; margin-top: 1rem; }
.headline h2 { font-size: 1rem; margin: 1rem 0 .2rem; }
.headline.ok { --tone: var(--ok); } .headline.incomplete { --tone: var(--incomplete); }
.headline.failed { --tone: var(--failed); } .headline.skipped { --tone: var(--skipped); }
.verdict { font-size: 1.2rem; font-weight: 600; }
.badge { font-weight: 600; white-space: nowrap; color: var(--skipped); }
.badge::before { content: "– "; }
.badge.ok { color: var(--ok); } .badge.ok::before { content: "✓ "; }
.badge.incomplete { color: var(--incomplete); } .badge.incomplete::before { content: "▲ "; }
.badge.failed { color: var(--failed); } .badge.failed::before { content: "✕ "; }
.losses, .files { padding-left: 1.2rem; } .losses li { margin: .3rem 0; }
.hint { color: var(--soft); }
.scroll { overflow: auto; max-height: 32rem; } .scroll + .scroll { margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; padding: .5rem .75rem .2rem; color: var(--soft); font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border-top: 1px solid var(--edge); font-weight: 400; }
thead th { color: var(--soft); font-size: .82rem; border-top: 0; white-space: nowrap; }
tbody th { white-space: nowrap; } th time, td time, td a { white-space: nowrap; }
@media (min-width: 48rem) { td small { display: inline-block; min-width: 9rem; } }
.number { text-align: right; white-space: nowrap; }
tr:target { background: var(--tint); }
:target { scroll-margin-top: 1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; align-items: start; }
.card { padding: .8rem 1rem; margin: 0; min-width: 0; }
.card h3 { margin: 0 0 .5rem; } .card .scroll { max-height: 20rem; margin-top: .4rem; }
.card th, .card td { padding: .3rem .5rem; }
.beside { display: grid; gap: 1rem; align-items: start; } .beside > * { min-width: 0; } .beside h3 { margin-top: 0; }
@media (min-width: 60rem) { .beside { grid-template-columns: 23rem 1fr; } .beside > figure { position: sticky; top: 1rem; } }
.groups { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: .6rem 1rem; align-items: start; }
.plot { display: block; width: 100%; height: auto; overflow: visible; }
.plot text { font-size: 11px; fill: var(--soft); } .plot .label { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
.plot .name { fill: var(--ink); font-size: 10px; }
.rule, .base { stroke: var(--edge); stroke-width: 1; } .base { stroke: var(--soft); }
.line { fill: none; stroke: var(--mark); stroke-width: 1.6; stroke-linejoin: round; } .area { fill: var(--tint); }
.dot, .bar { fill: var(--mark); } .track { fill: var(--edge); } .gap { fill: var(--gap); }
.fault { stroke-width: 1; stroke-dasharray: 2 2; opacity: .7; } path.sign { stroke-width: 1.8; }
.fault.failed, path.sign.failed { stroke: var(--failed); fill: none; } .fault.incomplete { stroke: var(--incomplete); }
path.sign.incomplete { fill: var(--incomplete); }
span.sign { display: inline-block; width: 1.1em; } span.failed { color: var(--failed); } span.incomplete { color: var(--incomplete); }
.gap-sign { color: var(--soft); }
.faults { list-style: none; padding: 0; } .faults a { white-space: nowrap; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; font-size: .92rem; }
.group { padding: .6rem 1rem; min-width: 0; }
.group p { margin: .2rem 0; }
code.rule { display: inline-block; background: var(--ground); border: 1px solid var(--edge); border-radius: .3rem; padding: .05rem .4rem; white-space: pre-wrap; }
dl { padding: .2rem 1rem; } dl div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .4rem 0; }
dl div + div { border-top: 1px solid var(--edge); } dd { margin: 0; }
footer { margin-top: 2.5rem; }
@media (max-width: 34rem) { body { padding: .75rem; } table { font-size: .9rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .4rem .75rem; border-top: 1px solid var(--edge); }
  tbody th, tbody td { padding: 0; border: 0; text-align: left; } tbody td:nth-child(2) { order: 0; flex: 1 1 8rem; text-align: right; }
  tbody tr::after { content: ""; order: 1; flex-basis: 100%; } tbody td { order: 2; }
  tbody td::before { color: var(--soft); font-size: .82rem; }
  td:nth-child(3)::before { content: var(--c3); }
  td:nth-child(4)::before { content: var(--c4); }
  td:nth-child(5)::before { content: var(--c5); }
  td:nth-child(6)::before { content: var(--c6); }
  td:nth-child(7)::before { content: var(--c7); } }
@media print { .scroll { overflow: visible; max-height: none; } nav { display: none; } }
`;

/** How a page looks, in light and in dark, from 320 pixels up. */
export const style = new Markup(text);
