/** A request that asks for protocol `x`. */
export const UPGRADE = upgrade('x');

/** A request that asks for `protocols`, with further field lines. */
export function upgrade(protocols: string, fields = ''): string {
  return `GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocols}\r\n${fields}\r\n`;
}

/** The response that switches to `protocol`. */
export function switching(protocol = 'x', fields = ''): string {
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n${fields}\r\n`;
}
