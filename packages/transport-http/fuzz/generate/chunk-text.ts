import type { Dice } from '../dice.ts';

const EXTENSIONS = [';', ';a', ';a=b', ';a="b;c"', '; a = b ', ';\t', ';\xff', ';a;b;c'];
const TRAILERS = [
  'a: b',
  'c:',
  'Content-Length: 5',
  'Host: x',
  'transfer-encoding: chunked',
  'X-A: \xe9',
  'd: \t e \t',
];

/** What smugglers write where a size should be. */
const ODD_SIZES = [
  '',
  '0x5',
  '+5',
  '-5',
  ' 5',
  '5 ',
  '5\t',
  '5\x0b',
  '1_0',
  '05',
  '0000000000005',
  '00000000000005',
  '5.',
  '5,5',
].concat([
  'ffffffffffffffff',
  '10000000000000000',
  'fffffffffffff',
  '100000005',
  'g',
  'G5',
  '5h',
  '\x005',
  '5\0',
  '\xb2',
]);

/** What smugglers write where CR LF should be. */
const ODD_ENDS = ['\n', '\r', '\r\r\n', '\n\r', '', ' \r\n', '\0\r\n', '\r\n\r\n', '\r\n ', '\x0b', '\x85'];

const DATA = [
  '',
  'a',
  'hello',
  '\r\n',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: s\r\n\r\n',
  '\0\xff\x80\n',
  '5\r\nhello\r\n',
];

/** A chunked body: in most cases as it should be, else with one thing amiss. */
export function chunkedBody(dice: Dice): string {
  const chunks = dice.some(4, () => chunk(dice)).join('');
  const last = `${'0'.repeat(1 + dice.below(3))}${dice.percent(20) ? dice.pick(EXTENSIONS) : ''}${end(dice)}`;
  const trailers = dice.percent(30) ? dice.some(3, () => `${dice.pick(TRAILERS)}${end(dice)}`).join('') : '';
  const longTrailer = dice.percent(1) ? `x: ${'y'.repeat(8150 + dice.below(60))}\r\n` : '';
  return `${chunks}${last}${trailers}${longTrailer}${end(dice)}`;
}

function chunk(dice: Dice): string {
  const data = dice.percent(80) ? dice.pick(DATA) : 'x'.repeat(dice.below(40));
  const filled = data === '' ? 'z' : data;
  const digits = filled.length.toString(16);
  const size = '0'.repeat(dice.percent(10) ? dice.below(12) : 0) + (dice.percent(30) ? digits.toUpperCase() : digits);
  const said = dice.percent(2) ? dice.pick(ODD_SIZES) : size;
  return `${said}${extension(dice)}${end(dice)}${filled}${end(dice)}`;
}

function extension(dice: Dice): string {
  if (dice.percent(80)) return '';
  return dice.percent(2) ? `;${'e'.repeat(4080 + dice.below(20))}` : dice.pick(EXTENSIONS);
}

function end(dice: Dice): string {
  return dice.percent(1) ? dice.pick(ODD_ENDS) : '\r\n';
}
