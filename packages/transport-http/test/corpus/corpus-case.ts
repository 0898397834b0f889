/** A message that must be refused. The rule is the section of an RFC, a CVE, or the limit that it breaks. */
export type Refused = readonly [rule: string, what: string, message: string, status: number];

/** A message that must be accepted, and what is made of it. */
export type Accepted = readonly [rule: string, what: string, message: string, reading: object];

/** A message whose end has not come: neither refused nor taken for whole. */
export type Unfinished = readonly [what: string, message: string];
