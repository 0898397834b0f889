/** A whole request with these lines behind its request line and Host. */
export function request(lines: readonly string[], body = ''): string {
  return `${['POST / HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** A whole request of that request line, with a Host. */
export function requestLine(line: string): string {
  return `${line}\r\nHost: a\r\n\r\n`;
}

/** A whole request with that chunked body. */
export function chunked(body: string): string {
  return request(['Transfer-Encoding: chunked'], body);
}

/** A whole response with these lines behind its status line. */
export function response(lines: readonly string[], body = '', statusLine = 'HTTP/1.1 200 OK'): string {
  return `${[statusLine, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** A whole response with that chunked body. */
export function chunkedResponse(body: string): string {
  return response(['Transfer-Encoding: chunked'], body);
}
