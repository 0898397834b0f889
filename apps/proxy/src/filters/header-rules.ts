import { isFieldValue, isFramingField, isToken } from '@millpond/transport-http';
import { z } from 'zod';
import { parseTemplate } from './template.ts';
import type { Template } from './template.ts';

/** What is done to the headers of a request, or of a response. */
export interface HeaderRules {
  /** Names in lower case. */
  readonly set: readonly { readonly name: string; readonly template: Template }[];
  /** Names in lower case. */
  readonly remove: readonly string[];
}

const headerTemplate = z
  .string()
  .refine(isFieldValue, 'expected the value of a header: one line, no control characters, nothing beyond Latin-1')
  .transform((source, context): Template => {
    const parsed = parseTemplate(source);
    if ('template' in parsed) return parsed.template;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });

/** The schema of the rules for one side. Those for requests may not read the response. */
export function headerRules(side: 'request' | 'response') {
  return z
    .strictObject({
      set: z.record(z.string(), headerTemplate).default({}).meta({
        description: 'Headers that are set, whatever they were before, to a text with ${values} in it',
      }),
      remove: z.array(z.string()).default([]).meta({ description: 'Headers that are removed' }),
    })
    .superRefine(({ set, remove }, context) => {
      const seen = new Set<string>();
      const check = (name: string, path: PropertyKey[]): void => {
        const problem = nameProblem(name) ?? (seen.has(name.toLowerCase()) ? 'this header is named twice' : undefined);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path });
        seen.add(name.toLowerCase());
      };
      for (const [name, template] of Object.entries(set)) {
        check(name, ['set', name]);
        if (side === 'request' && template.readsResponse) {
          const message = 'a request header cannot tell what is in the response';
          context.addIssue({ code: 'custom', message, path: ['set', name] });
        }
      }
      for (const [index, name] of remove.entries()) {
        check(name, ['remove', index]);
        if (side === 'request' && name.toLowerCase() === 'host') {
          context.addIssue({ code: 'custom', message: 'a request needs its Host', path: ['remove', index] });
        }
      }
    })
    .transform(({ set, remove }): HeaderRules => {
      return {
        set: Object.entries(set).map(([name, template]) => ({ name: name.toLowerCase(), template })),
        remove: remove.map((name) => name.toLowerCase()),
      };
    });
}

function nameProblem(name: string): string | undefined {
  if (!isToken(name)) return 'expected the name of a header: letters, digits and "-"';
  return isFramingField(name) ? 'this header belongs to the proxy' : undefined;
}
