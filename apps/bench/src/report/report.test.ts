import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CaseResult, Role, Sample } from '../comparison.ts';
import { cellsOf, figure } from './cells.ts';
import { drawChart } from './chart.ts';
import { compare } from './compare.ts';
import { docsFolder, withReport } from './docs.ts';
import { median } from './median.ts';
import type { Report } from './report.ts';
import { summaryOf } from './summary.ts';
import { align } from './text.ts';

function sample(score: number, more: Partial<Sample> = {}): Sample {
  return { score, count: 1000, failures: 0, rssBytes: 1024 * 1024, ...more };
}

function rounds(name: string, role: Role, scores: readonly number[]) {
  return { peer: { name, role }, rounds: scores.map((score) => sample(score)) };
}

const compared = compare([
  rounds('millpond', 'ours', [20, 40, 30]),
  rounds('haproxy', 'reference', [20, 20, 10]),
  rounds('slow', 'node', [200, 200, 200]),
  rounds('fast', 'node', [80, 80, 90]),
]);
const result: CaseResult = { id: 'small', title: 'GET', score: 'CPU µs', ...compared, absent: [] };

describe('comparing', () => {
  it('takes the middle value, or the middle of two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes ratios within rounds, and their median', () => {
    const [ours] = compared.results;
    expect(ours?.toReference).toBe(2);
    expect(ours?.toBestNode).toBeCloseTo(1 / 3);
    expect(ours?.median.score).toBe(30);
  });

  it('finds the best peer on Node that is not ours', () => {
    expect(compared.bestNode).toBe('fast');
  });

  it('adds failures up rather than hiding them in a median', () => {
    const failing = compare([
      { peer: { name: 'a', role: 'ours' }, rounds: [sample(1), sample(1, { failures: 7 }), sample(1)] },
    ]);
    expect(failing.results[0]?.median.failures).toBe(7);
  });

  it('has no ratios to peers that were not there', () => {
    const { reference, bestNode, results } = compare([rounds('millpond', 'ours', [1])]);
    expect({ reference, bestNode, ...results[0] }).not.toMatchObject({ toReference: expect.anything() });
  });
});

describe('tables', () => {
  it('show three digits that count', () => {
    expect([0.1234, 12.345, 1234.5].map(figure)).toEqual(['0.12', '12.3', '1,235']);
  });

  it('leave out what was not measured', () => {
    expect(cellsOf(result)).toEqual({
      head: ['', 'CPU µs', '× haproxy', '× fast', 'RSS MiB', 'failures'],
      rows: [
        ['millpond', '30.0', '2.00', '0.33', '1.00', '0'],
        ['haproxy', '20.0', '1.00', '0.25', '1.00', '0'],
        ['slow', '200', '10.00', '2.50', '1.00', '0'],
        ['fast', '80.0', '4.00', '1.00', '1.00', '0'],
      ],
    });
  });

  it('are aligned', () => {
    expect(
      align({
        head: ['', 'µs'],
        rows: [
          ['haproxy', '1,000'],
          ['x', '2'],
        ],
      }),
    ).toEqual(['            µs', 'haproxy  1,000', 'x            2']);
  });

  it('are summed up in a row for each case', () => {
    expect(summaryOf([result]).rows).toEqual([['small', 'CPU µs', '30.0', '20.0', '80.0 (fast)', '2.00', '0.33']]);
  });

  it('name the reference, and the native peer where there is one', () => {
    const results = [...result.results, ...compare([rounds('nginx', 'native', [50, 50, 50])]).results];
    const { head, rows } = summaryOf([{ ...result, results }]);
    expect(head.slice(2, 6)).toEqual(['millpond', 'haproxy', 'nginx', 'best on Node']);
    expect(rows[0]?.slice(2, 6)).toEqual(['30.0', '20.0', '50.0', '80.0 (fast)']);
  });
});

describe('docs/performance.md', () => {
  const path = `${docsFolder}performance/http.json`;

  it.runIf(existsSync(path))('shows the report that lies beside it', () => {
    const report: Report = JSON.parse(readFileSync(path, 'utf8'));
    const page = readFileSync(`${docsFolder}performance.md`, 'utf8');
    expect(page).toBe(withReport(page, report));
    expect(readFileSync(`${docsFolder}performance/http.svg`, 'utf8')).toBe(drawChart(report));
  });
});
