/** The parts of a message that was accepted, and so is well-formed. */
export interface DividedMessage {
  /** Heads of 1xx, each with its empty line. */
  readonly informational: readonly string[];
  readonly startLine: string;
  /** Field lines of the head, each with its CR LF. */
  readonly section: string;
  /** Everything behind the head. */
  readonly body: string;
}

const HEAD = /(?:\r\n)*(.*)\r\n((?:.+\r\n)*)\r\n/y;
const INFORMATIONAL = /^HTTP\/1\.[01] 1/;

/** Divides it in the plainest way, apart from the parser. */
export function divide(message: string): DividedMessage {
  const informational: string[] = [];
  for (let at = 0; ; at = HEAD.lastIndex) {
    HEAD.lastIndex = at;
    const [head = '', startLine = '', section = ''] = HEAD.exec(message) ?? [];
    if (!INFORMATIONAL.test(head)) return { informational, startLine, section, body: message.slice(at + head.length) };
    informational.push(head);
  }
}
