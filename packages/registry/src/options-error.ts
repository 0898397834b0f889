import { MillpondError } from '@millpond/contracts';

/** One thing that is wrong with a plugin's options. */
export interface OptionsIssue {
  /** Where, within the options: `['choices']`. Empty for the options as a whole. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `ERR_REGISTRY_OPTIONS_INVALID`: the options of a plugin were refused by its schema. */
export class PluginOptionsError extends MillpondError {
  /** Every problem that the schema found; at least one. */
  readonly issues: readonly OptionsIssue[];

  /**
   * @param plugin - as people know it: `strategy "power-of-choices"`
   * @param path - where the options stand in the config: `apps[0].strategy.options`
   * @param issues - see {@link PluginOptionsError.issues}
   */
  constructor(plugin: string, path: string, issues: readonly OptionsIssue[], options?: ErrorOptions) {
    const problems = issues.map((issue) => `${path}${issue.path.map(formatKey).join('')}: ${issue.message}`);
    super('ERR_REGISTRY_OPTIONS_INVALID', `${problems.join('; ')} (options of ${plugin})`, options);
    this.issues = issues;
  }
}

function formatKey(key: PropertyKey): string {
  if (typeof key === 'string') return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  return `[${String(key)}]`;
}
