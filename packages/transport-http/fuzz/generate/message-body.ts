import type { Dice } from '../dice.ts';
import { chunkedBody } from './chunk-text.ts';
import { chunkedLine, lengthLine, oddLength } from './field-lines.ts';

/** A body, and the lines that frame it. */
export interface FramedBody {
  readonly lines: readonly string[];
  readonly body: string;
}

const BODIES = [
  '',
  'a',
  'hello',
  '\r\n',
  '0\r\n\r\n',
  'GET /x HTTP/1.1\r\nHost: s\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  '\0\xff\n\r',
];

/** A body framed rightly; in some cases twice, or by what does not fit it. */
export function framedBody(dice: Dice): FramedBody {
  const right = rightlyFramed(dice);
  if (dice.percent(88)) return right;
  const more = dice.pick([chunkedLine, oddLength, (d: Dice) => lengthLine(d, d.below(12))])(dice);
  return { lines: dice.percent(50) ? [...right.lines, more] : [more, ...right.lines.slice(1)], body: right.body };
}

function rightlyFramed(dice: Dice): FramedBody {
  switch (dice.below(5)) {
    case 0:
    case 1:
      return { lines: [], body: '' };
    case 2:
    case 3: {
      const body = dice.percent(95) ? dice.pick(BODIES) : 'b'.repeat(dice.below(20_000));
      return { lines: [lengthLine(dice, body.length)], body };
    }
    default:
      return { lines: [chunkedLine(dice)], body: chunkedBody(dice) };
  }
}
