import type { Filter } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { proxied, type ProxiedOptions } from '../test/proxied.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';

const VIA = 'Via: 1.1 millpond\r\n';
const LAST = 'GET /last HTTP/1.0\r\nConnection: close\r\n\r\n';

/** What the backend got of requests that were made on one connection; who asked is left out. */
async function passedOn(requests: readonly string[], options: ProxiedOptions = {}): Promise<string[]> {
  await using backend = await scriptedBackend((socket) => socket.write(ok()));
  await using proxy = await proxied(backend, { forwarded: 'off', ...options });
  await proxy.exchange([...requests, LAST].join(''));
  return backend.received.split(/(?<=\r\n\r\n)/).slice(0, requests.length);
}

describe('A field section that a client says again', () => {
  it('is passed on with each first line', async () => {
    const section = 'Host: a\r\nCookie: c\r\n';
    const lines = ['GET /1', 'GET /2', 'DELETE /2?x', 'GET /1'];
    const requests = lines.map((line) => `${line} HTTP/1.1\r\n${section}\r\n`);
    expect(await passedOn(requests)).toEqual(lines.map((line) => `${line} HTTP/1.1\r\n${section}${VIA}\r\n`));
  });

  it('is another one where one byte is', async () => {
    const values = ['a', 'a', 'a', 'b', 'a', 'a', 'b', 'b', 'b', 'aa'];
    const sections = values.map((value) => `Host: a\r\nx: ${value}\r\n`);
    const requests = sections.map((section) => `GET / HTTP/1.1\r\n${section}\r\n`);
    expect(await passedOn(requests)).toEqual(sections.map((section) => `GET / HTTP/1.1\r\n${section}${VIA}\r\n`));
  });

  it('says the host of an absolute target, where it has one', async () => {
    const targets = ['/', '/', 'http://b/', '/', 'http://c/', 'http://a/', '/'];
    const requests = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\nx: 1\r\n\r\n`);
    const own = `Host: a\r\nx: 1\r\nX-Forwarded-Host: a\r\n`;
    const other = (host: string): string => `x: 1\r\nHost: ${host}\r\nX-Forwarded-Host: ${host}\r\n`;
    const sections = [own, own, other('b'), own, other('c'), other('a'), own];
    const who = 'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n';
    expect(await passedOn(requests, { forwarded: 'x-forwarded' })).toEqual(
      sections.map((section) => `GET / HTTP/1.1\r\n${section}${who}${VIA}\r\n`),
    );
  });

  it('says by which version it came', async () => {
    const versions = [1, 1, 0, 1, 0, 0, 1];
    const requests = versions.map((version) => `GET / HTTP/1.${version}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`);
    expect(await passedOn(requests)).toEqual(
      versions.map((version) => `GET / HTTP/1.1\r\nHost: a\r\nVia: 1.${version} millpond\r\n\r\n`),
    );
  });

  it('is what a filter makes of it each time', async () => {
    let count = 0;
    const counting: Filter = {
      onRequest: (exchange) => {
        if (++count % 2 === 0) exchange.setRequestHeader('Count', String(count));
      },
    };
    const requests = Array.from({ length: 6 }, () => 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await passedOn(requests, { filters: [counting] })).toEqual(
      ['', 'Count: 2\r\n', '', 'Count: 4\r\n', '', 'Count: 6\r\n'].map(
        (field) => `GET / HTTP/1.1\r\nHost: a\r\n${field}${VIA}\r\n`,
      ),
    );
  });

  it('tells for each client who it is, by what a trusted proxy says', async () => {
    const says = (client: string): string => `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${client}\r\n\r\n`;
    const clients = ['1.1.1.1', '1.1.1.1', '2.2.2.2', '1.1.1.1', '1.1.1.1', '1.1.1.1'];
    const got = await passedOn(clients.map(says), { forwarded: 'x-forwarded', trustedProxies: ['127.0.0.0/8'] });
    expect(got.map((head) => /X-Forwarded-For: (.*)\r\n/.exec(head)?.[1])).toEqual(
      clients.map((client) => `${client}, 127.0.0.1`),
    );
  });
});
