import { minuteOf } from './amounts.ts';
import { html, type Markup } from './html.ts';
import { style } from './style.ts';

export interface Page {
  readonly title: string;
  readonly heading: Markup;
  /** When it was made, ISO. */
  readonly made: string;
  readonly madeBy: string;
  /** Parts to jump to: anchors and their names. */
  readonly contents: readonly (readonly [string, string])[];
  readonly body: readonly (Markup | undefined)[];
}

// Nothing runs and nothing is fetched, whatever got into the page.
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** One HTML file that needs no other. */
export function formatPage({ title, heading, made, madeBy, contents, body }: Page): string {
  const links = contents.map(([anchor, name]) => html`<li><a href="#${anchor}">${name}</a></li>`);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
<h1>${heading}</h1>
<nav aria-label="contents"><ul>${links}</ul></nav>
</header>
<main>
${body}</main>
<footer><p>Made ${minuteOf(made)} UTC by ${madeBy}. Times are UTC; sizes are sealed, as they are stored.</p></footer>
</body>
</html>
`.text;
}
