import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needTool } from '../system/find-tool.ts';
import type { Workshop } from '../system/workshop.ts';

/** A certificate for 127.0.0.1 that signs itself. */
export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
  /** Both in one file. */
  readonly both: string;
}

/** What openssl is asked for. */
const REQUEST =
  'req -x509 -nodes -days 1 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 ' +
  '-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost';

/** Makes a certificate with an ECDSA key on P-256. */
export async function makeCertificate(workshop: Workshop): Promise<Certificate> {
  const cert = join(workshop.folder, 'bench.pem');
  const key = join(workshop.folder, 'bench.key');
  await workshop.run(needTool('openssl'), [...REQUEST.split(' '), '-keyout', key, '-out', cert], {
    timeoutMs: 10_000,
    name: 'openssl',
  });
  const both = workshop.write('bench-both.pem', readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return { cert, key, both };
}
