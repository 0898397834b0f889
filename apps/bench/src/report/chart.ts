import type { CaseResult, PeerResult } from '../comparison.ts';
import { figure } from './cells.ts';
import type { Report } from './report.ts';

const PANEL_WIDTH = 440;
const NAME_WIDTH = 130;
/** Space for the longest bar; the rest of a panel is for its figure. */
const BAR_WIDTH = 200;
const ROW_HEIGHT = 18;
const HEAD_HEIGHT = 48;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .note { fill: #59636e; font-size: 11px }
  rect { fill: #afb8c1 }
  rect.ours { fill: #0969da }
  rect.native { fill: #818b98 }
  line { stroke: #818b98; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    rect { fill: #484f58 }
    rect.ours { fill: #4493f8 }
    rect.native { fill: #6e7681 }
    line { stroke: #9198a1 }
  }`;

/** Draws a report: a panel for each case in two columns, a bar for each peer; shorter is better. */
export function drawChart({ cases }: Report): string {
  const panels = cases.filter(({ results }) => results.length > 0);
  const rows = Math.max(0, ...panels.map(({ results }) => results.length));
  const panelHeight = HEAD_HEIGHT + rows * ROW_HEIGHT + 16;
  const height = Math.ceil(panels.length / 2) * panelHeight;
  const drawn = panels.map((one, index) => {
    const x = (index % 2) * PANEL_WIDTH;
    return `<g transform="translate(${x} ${Math.floor(index / 2) * panelHeight})">\n${drawPanel(one)}\n</g>`;
  });
  const size = `viewBox="0 0 ${PANEL_WIDTH * 2} ${height}" width="${PANEL_WIDTH * 2}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="What each peer needs; less is better">
<style>${STYLE}
</style>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ id, score, results, reference }: CaseResult): string {
  const longest = Math.max(...results.map(({ median }) => median.score));
  const width = (result: PeerResult): number => round((Math.max(0, result.median.score) / longest) * BAR_WIDTH);
  const bars = results.map((result, index) => {
    const y = HEAD_HEIGHT + index * ROW_HEIGHT;
    const ratio = result.toReference === undefined ? '' : ` (${result.toReference.toFixed(2)} ×)`;
    const end = NAME_WIDTH + width(result);
    return `<text x="${NAME_WIDTH - 8}" y="${y + 12}" text-anchor="end">${escape(result.peer)}</text>
<rect class="${shade(result)}" x="${NAME_WIDTH}" y="${y + 2}" width="${width(result)}" height="13" rx="2"/>
<text class="note" x="${end + 6}" y="${y + 12}">${figure(result.median.score)}${ratio}</text>`;
  });
  const mark = results.find(({ peer }) => peer === reference);
  const x = mark === undefined ? 0 : NAME_WIDTH + width(mark);
  const bottom = HEAD_HEIGHT + results.length * ROW_HEIGHT;
  const line = mark === undefined ? [] : [`<line x1="${x}" x2="${x}" y1="${HEAD_HEIGHT - 4}" y2="${bottom}"/>`];
  const head = `<text class="title" x="8" y="20">${escape(id)}</text>
<text class="note" x="8" y="36">${escape(score)}; less is better</text>`;
  return [head, ...line, ...bars].join('\n');
}

function shade({ role }: PeerResult): string {
  return role === 'reference' ? 'native' : role;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
