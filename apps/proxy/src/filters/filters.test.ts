import type { Filter, FilterExchange } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filters } from './filters.ts';
import { headersFilter, headersOptions } from './headers.ts';
import { PathStats, pathStatsOptions } from './path-stats.ts';
import { parseTemplate } from './template.ts';

/** An exchange that exists in memory only. */
class FakeExchange implements FilterExchange {
  readonly method: string = 'GET';
  readonly target: string = '/things?page=2';
  readonly path: string = '/things';
  readonly host: string = 'example.com';
  readonly clientAddress: string = '10.0.0.7';
  readonly status: number = 200;
  readonly responseLength: number = 100;
  readonly requestHeaders = new Map<string, string>();
  readonly responseHeaders = new Map<string, string>();
  readonly values = new Map<string, string | (() => string)>();

  constructor(facts: Partial<Pick<FilterExchange, 'method' | 'path' | 'status' | 'responseLength'>> = {}) {
    Object.assign(this, facts);
  }

  requestHeader(name: string): string | undefined {
    return this.requestHeaders.get(name);
  }
  setRequestHeader(name: string, value: string): void {
    this.requestHeaders.set(name, value);
  }
  removeRequestHeader(name: string): void {
    this.requestHeaders.delete(name);
  }
  responseHeader(name: string): string | undefined {
    return this.responseHeaders.get(name);
  }
  setResponseHeader(name: string, value: string): void {
    this.responseHeaders.set(name, value);
  }
  removeResponseHeader(name: string): void {
    this.responseHeaders.delete(name);
  }
  respond(): void {}
  value(name: string): string | undefined {
    const value = this.values.get(name);
    return typeof value === 'function' ? value() : value;
  }
  setValue(name: string, value: string | (() => string)): void {
    this.values.set(name, value);
  }
}

function headersOf(options: z.input<typeof headersOptions>): Filter {
  return headersFilter(headersOptions.parse(options));
}

function problemsOf(options: unknown): string[] {
  const { error } = headersOptions.safeParse(options);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function stats(maxPaths = 10): PathStats {
  return new PathStats({ maxPaths });
}

/** Has the filter count one completed response. */
function served(filter: PathStats, path: string, bytes: number): void {
  filter.onEnd(new FakeExchange({ path }), bytes, true);
}

/** What a template makes of an exchange that has a `path.bytes` of odd content. */
function render(source: string): string | undefined {
  const parsed = parseTemplate(source);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const exchange = new FakeExchange();
  exchange.setValue('path.bytes', () => '$$${client.address}');
  return parsed.template.render(exchange);
}

describe('path-stats', () => {
  it('counts completed responses and their bytes by path', () => {
    const filter = stats();
    served(filter, '/a', 5);
    served(filter, '/b', 50);
    served(filter, '/a', 7);
    filter.onEnd(new FakeExchange({ path: '/a' }), 1000, false);
    expect(filter.snapshot()).toMatchObject([
      { path: '/b', requests: 1, bytes: 50 },
      { path: '/a', requests: 2, bytes: 12 },
    ]);
  });

  it('provides the bytes of the path so far, this response included where its length is known', () => {
    const filter = stats();
    const bytesFor = (facts: ConstructorParameters<typeof FakeExchange>[0]): string | undefined => {
      const exchange = new FakeExchange({ path: '/a', ...facts });
      filter.onResponse(exchange);
      return exchange.value('path.bytes');
    };
    expect(filter.provides).toEqual(['path.bytes']);
    expect(bytesFor({ responseLength: 30 })).toBe('30');
    served(filter, '/a', 30);
    expect(bytesFor({ responseLength: 12 })).toBe('42');
    expect(bytesFor({ responseLength: -1 })).toBe('30');
    expect(bytesFor({ responseLength: 12, method: 'HEAD' })).toBe('30');
    expect(bytesFor({ responseLength: 12, status: 304 })).toBe('30');
    expect(bytesFor({ responseLength: 12, path: '/b' })).toBe('12');
  });

  it('keeps no more paths than it was told to, however many there are', () => {
    const filter = stats(3);
    for (let n = 0; n < 100; n++) served(filter, `/${n}`, 1);
    served(filter, '/heavy', 1000);
    expect(filter.snapshot()).toHaveLength(3);
    expect(filter.snapshot()[0]).toMatchObject({ path: '/heavy', bytes: 1000 });
  });

  it('does not keep endless paths', () => {
    const filter = stats();
    served(filter, `/${'x'.repeat(5000)}`, 1);
    expect(filter.snapshot()[0]?.path).toHaveLength(1024);
  });

  it('keeps 1000 paths unless told otherwise', () => {
    expect(pathStatsOptions.parse({})).toEqual({ maxPaths: 1000 });
    expect(pathStatsOptions.safeParse({ maxPaths: 0 }).success).toBe(false);
  });
});

describe('headers', () => {
  it('sets and removes headers of the request, and of the response', () => {
    const filter = headersOf({
      request: { set: { 'X-Client': '${client.address}' }, remove: ['Cookie'] },
      response: { set: { 'x-proxy': 'millpond' }, remove: ['Server'] },
    });
    const exchange = new FakeExchange();
    exchange.setRequestHeader('cookie', 'secret');
    exchange.setResponseHeader('server', 'nginx');
    void filter.onRequest?.(exchange);
    void filter.onResponse?.(exchange);
    expect(Object.fromEntries(exchange.requestHeaders)).toEqual({ 'x-client': '10.0.0.7' });
    expect(Object.fromEntries(exchange.responseHeaders)).toEqual({ 'x-proxy': 'millpond' });
  });

  it('tells of values that other filters provide', () => {
    const filter = headersOf({ response: { set: { 'x-bytes': '${path.bytes}', 'x-twice': '${path.bytes}' } } });
    expect(filter.needs).toEqual(['path.bytes']);
    const exchange = new FakeExchange({ responseLength: 9 });
    new PathStats({ maxPaths: 1 }).onResponse(exchange);
    void filter.onResponse?.(exchange);
    expect(exchange.responseHeader('x-bytes')).toBe('9');
  });

  it('removes a header whose value is missing, whatever was there before', () => {
    const filter = headersOf({ request: { set: { 'x-user': '${auth.user}' } } });
    const exchange = new FakeExchange();
    exchange.setRequestHeader('x-user', 'forged');
    void filter.onRequest?.(exchange);
    expect(exchange.requestHeader('x-user')).toBeUndefined();
  });

  it('has no hook for a side without rules', () => {
    expect(headersOf({})).toEqual({ needs: [] });
    expect(Object.keys(headersOf({ response: { remove: ['server'] } }))).toEqual(['needs', 'onResponse']);
  });

  it.each([
    [{ request: { set: { 'x y': '1' } } }, 'request.set.x y: expected the name of a header: letters, digits and "-"'],
    [{ response: { remove: ['a\r\nb'] } }, 'response.remove.0: expected the name of a header: letters, digits and "-"'],
    [{ request: { set: { 'Content-Length': '1' } } }, 'request.set.Content-Length: this header belongs to the proxy'],
    [{ response: { remove: ['TRANSFER-ENCODING'] } }, 'response.remove.0: this header belongs to the proxy'],
    [{ request: { remove: ['Host'] } }, 'request.remove.0: a request needs its Host'],
    [{ request: { set: { a: '1', A: '2' } } }, 'request.set.A: this header is named twice'],
    [
      { request: { set: { a: '${response.status}' } } },
      'request.set.a: a request header cannot tell what is in the response',
    ],
    [
      { request: { set: { a: '${host}' } } },
      'request.set.a: "${host}" is not a value: they have dotted names, such as "${request.host}"',
    ],
    [{ requests: {} }, ': Unrecognized key: "requests"'],
  ])('refuses %j', (options, problem) => {
    expect(problemsOf(options)).toEqual([problem]);
  });

  it.each(['a\r\nb: c', 'a\nb', 'a\0', 'ü\u{2014}'])('refuses the value %j', (value) => {
    expect(problemsOf({ response: { set: { a: value } } })).toEqual([
      'response.set.a: expected the value of a header: one line, no control characters, nothing beyond Latin-1',
    ]);
  });
});

describe('a template', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['${request.method} ${request.host}${request.path}', 'GET example.com/things'],
    ['${response.status}', '200'],
    ['$${request.host}', '${request.host}'],
    ['$$$${request.host}', '$${request.host}'],
    ['$$${request.host}', '$example.com'],
    ['5 $ and $x and $', '5 $ and $x and $'],
    ['[${path.bytes}]', '[$$${client.address}]'],
    ['${no.such}', undefined],
  ])('%j gives %j', (source, text) => {
    expect(render(source)).toBe(text);
  });

  it.each(['${', '${request.host', '${}', '${ request.host }', '${HOST}', '${a..b}', '${.a}'])(
    'refuses %j',
    (source) => {
      expect(parseTemplate(source)).toHaveProperty('problem');
    },
  );
});

describe('the filters of the proxy', () => {
  it('have options of which a JSON Schema can be made', () => {
    for (const schema of [pathStatsOptions, headersOptions]) {
      expect(z.toJSONSchema(schema, { target: 'draft-07', io: 'input' })).toMatchObject({ type: 'object' });
    }
  });

  it('are path-stats and headers', () => {
    expect(filters.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['filter path-stats', 'filter headers']);
  });
});
