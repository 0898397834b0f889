import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { startHttpBackend } from './http-backend.ts';
import { connectRaw } from './raw-client.ts';
import { startRawServer } from './raw-server.ts';
import { TestAuthority } from './test-authority.ts';

test('what it issues is trusted by whoever trusts it, for its names', async () => {
  const authority = new TestAuthority();
  const certificate = authority.issue({ names: ['*.example.com', '127.0.0.1'] });
  await using backend = await startHttpBackend({ tls: certificate });
  expect(backend.backend).toMatchObject({ url: `https://127.0.0.1:${backend.port}`, tls: true });
  await using client = await connectRaw(backend.address, { ca: authority.ca, servername: 'www.example.com' });
  client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await client.waitFor('http-backend')).toContain('HTTP/1.1 200 OK');
});

test('it is not trusted for another name, nor by others', async () => {
  const authority = new TestAuthority();
  await using server = await startRawServer((socket) => socket.end(), { tls: authority.issue({ names: ['a.test'] }) });
  const refusal = async (ca: string, servername: string): Promise<unknown> => {
    const [error]: unknown[] = await once(connect({ ...server.address, ca, servername }), 'error').catch((thrown) => [
      thrown,
    ]);
    return error;
  };
  expect(await refusal(authority.ca, 'b.test')).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  expect(await refusal(new TestAuthority('Other').ca, 'a.test')).toMatchObject({
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
});

test('it says for how long, and encrypts keys', () => {
  const { cert, key } = new TestAuthority().issue({
    names: ['a.test'],
    validFrom: new Date('2020-01-01'),
    validTo: new Date('2021-01-01'),
    passphrase: 'secret',
  });
  const certificate = new X509Certificate(cert);
  expect(certificate.subjectAltName).toBe('DNS:a.test');
  expect([certificate.validFrom, certificate.validTo].map((date) => new Date(date).getUTCFullYear())).toEqual([
    2020, 2021,
  ]);
  expect(key).toContain('ENCRYPTED');
});
