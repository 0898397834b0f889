import type { MessageLimits } from '@millpond/contracts';

/** What may come with the chunks of one message besides its data, in bytes; 0 is no limit. */
export type ChunkLimits = Pick<MessageLimits, 'chunkExtensionBytes' | 'trailerBytes'>;

/** For what backends send: it is theirs to keep to, and nobody's to configure. */
export const RESPONSE_CHUNK_LIMITS: ChunkLimits = { chunkExtensionBytes: 4096, trailerBytes: 8192 };
