import type { Dice } from '../dice.ts';

/** Bytes that mean something somewhere, or should not. */
const BYTES = [
  '',
  '',
  ' ',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\x0b',
  '\x0c',
  '\x1f',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
  ':',
  ',',
  ';',
  '"',
  '=',
].concat([
  '0',
  '1',
  '5',
  'f',
  'F',
  'x',
  '#',
  '_',
  '-',
  '/',
  '@',
  '%',
  '\\',
  '[',
  'chunked',
  'close',
  '\r\n ',
  '\r\n\r\n',
  'A',
]);

/** Changes `text` somewhere: a few bytes, or whole lines; in most cases not at all, so that enough is accepted. */
export function mutate(dice: Dice, text: string): string {
  let mutated = text;
  for (let changes = dice.pick([0, 0, 0, 0, 1, 1, 1, 2, 3]); changes > 0; changes--) mutated = change(dice, mutated);
  return mutated;
}

/** Bytes of no sense at all. */
export function noise(dice: Dice): string {
  const byte = dice.percent(50)
    ? () => String.fromCharCode(dice.below(256))
    : () => dice.pick([...BYTES, 'GET ', 'HTTP/1.1', 'Host: a', ' / ']);
  return Array.from({ length: dice.below(60) }, byte).join('');
}

function change(dice: Dice, text: string): string {
  const at = dice.below(text.length + 1);
  switch (dice.below(8)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + dice.below(4));
    case 2:
      return text.slice(0, at);
    case 3:
      return withLines(text, (lines) => lines.splice(dice.below(lines.length), 0, dice.pick(lines)));
    case 4:
      return withLines(text, (lines) =>
        lines.splice(dice.below(lines.length), 0, ...lines.splice(dice.below(lines.length), 1)),
      );
    default:
      return text.slice(0, at) + dice.pick(BYTES) + text.slice(at + dice.below(2));
  }
}

function withLines(text: string, edit: (lines: string[]) => unknown): string {
  const lines = text.split('\r\n');
  edit(lines);
  return lines.join('\r\n');
}
