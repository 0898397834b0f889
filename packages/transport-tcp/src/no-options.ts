import type { StandardSchema } from '@millpond/contracts';

/** The options of a plugin that has none: anything but an empty object is refused. */
export const noOptions: StandardSchema<unknown, object> = {
  '~standard': {
    version: 1,
    vendor: 'millpond',
    validate: (value) => {
      if (typeof value !== 'object' || value === null) return { issues: [{ message: 'expected an object' }] };
      const issues = Object.keys(value).map((key) => ({ message: 'unknown option; there are none', path: [key] }));
      return issues.length > 0 ? { issues } : { value };
    },
  },
};
