/** RFC 9110 §7.6.1, RFC 9112 §6. */
const FRAMING: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a field frames its message or steers its connection, in any case: such fields are the engine's own business. */
export function isFramingField(name: string): boolean {
  return FRAMING.has(name.toLowerCase());
}
