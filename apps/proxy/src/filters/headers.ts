import { definePlugin } from '@millpond/contracts';
import type { Filter, FilterExchange } from '@millpond/contracts';
import { z } from 'zod';
import { headerRules } from './header-rules.ts';
import type { HeaderRules } from './header-rules.ts';

/** What the config may say of `headers`. */
export const headersOptions = z.strictObject({
  request: headerRules('request').prefault({}).meta({ description: 'On the way to the backend' }),
  response: headerRules('response').prefault({}).meta({ description: 'On the way to the client' }),
});

/** The same, checked, with its templates compiled. */
export type HeadersOptions = z.output<typeof headersOptions>;

/**
 * Sets and removes headers. A value is a template; where one of the values that it names is missing, the header is
 * removed, so that nobody takes what a client or a backend sent for the proxy's word.
 *
 * A side without rules has no hook and stays on the fast path.
 */
export function headersFilter({ request, response }: HeadersOptions): Filter {
  const needs = [...request.set, ...response.set].flatMap(({ template }) => template.needs);
  return {
    needs: [...new Set(needs)],
    ...(hasRules(request) && { onRequest: (exchange: FilterExchange) => changeRequest(exchange, request) }),
    ...(hasRules(response) && { onResponse: (exchange: FilterExchange) => changeResponse(exchange, response) }),
  };
}

/** The filter `headers`. */
export const headers = definePlugin({
  kind: 'filter',
  name: 'headers',
  apiVersion: 1,
  options: headersOptions,
  create: (options) => headersFilter(options),
});

function hasRules({ set, remove }: HeaderRules): boolean {
  return set.length > 0 || remove.length > 0;
}

function changeRequest(exchange: FilterExchange, { set, remove }: HeaderRules): void {
  for (const name of remove) exchange.removeRequestHeader(name);
  for (const { name, template } of set) {
    const value = template.render(exchange);
    if (value === undefined) exchange.removeRequestHeader(name);
    else exchange.setRequestHeader(name, value);
  }
}

function changeResponse(exchange: FilterExchange, { set, remove }: HeaderRules): void {
  for (const name of remove) exchange.removeResponseHeader(name);
  for (const { name, template } of set) {
    const value = template.render(exchange);
    if (value === undefined) exchange.removeResponseHeader(name);
    else exchange.setResponseHeader(name, value);
  }
}
