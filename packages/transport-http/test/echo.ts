import type { RequestListener } from 'node:http';

/** Answers with the body of the request, all at once, when that is whole. */
export const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.end(Buffer.concat(chunks)));
};
