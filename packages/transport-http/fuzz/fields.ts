/** A field line as it was said, without the white space around its value. */
export type Field = readonly [name: string, value: string];

/** The field lines of `section`: each ends in CR LF, and nothing else is looked at. Written apart from the parser. */
export function readFieldLines(section: string): Field[] {
  return section
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), withoutBlanks(line.slice(colon + 1))];
    });
}

/** The text without the spaces and tabs around it. */
export function withoutBlanks(text: string): string {
  return /^[ \t]*([^]*?)[ \t]*$/.exec(text)?.[1] ?? text;
}

/** Pairs of a list in which names and values take turns, as Node's `rawHeaders`. */
export function pairs(list: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let index = 0; index + 1 < list.length; index += 2) fields.push([list[index] ?? '', list[index + 1] ?? '']);
  return fields;
}

/** Whether both say the same in the same order. */
export function sameFields(some: readonly Field[], others: readonly Field[]): boolean {
  return (
    some.length === others.length &&
    some.every(([name, value], at) => name === others[at]?.[0] && value === others[at]?.[1])
  );
}
