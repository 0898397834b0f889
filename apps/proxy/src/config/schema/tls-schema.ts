import { z } from 'zod';

const file = () => z.string().min(1);
const minVersion = z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('The oldest version that is spoken');
const passphrase = z.string().optional().describe('Of a key that is encrypted');

const certificateSchema = z.strictObject({
  cert: file().describe('File with the certificate, and with those that lead from it to a known one; PEM'),
  key: file().describe('File with its key; PEM'),
  passphrase,
});

/** `tls` of a frontend. */
export const frontendTlsSchema = z.strictObject({
  certificates: z
    .array(certificateSchema)
    .min(1)
    .describe('The one with the name that a client asks for is shown, else the first'),
  clientCertificates: z
    .strictObject({
      ca: file().describe('File with the certificates of those who may have signed the ones of clients; PEM'),
      required: z.boolean().default(true).describe('Whether a client without a valid certificate is turned away'),
    })
    .optional()
    .describe('Asks clients for certificates'),
  minVersion,
});

/** `tls` of an upstream, or of the app that owns it. */
export const backendTlsSchema = z.strictObject({
  ca: file().optional().describe('File with the certificates of those who may have signed the ones of backends; PEM'),
  servername: z
    .string()
    .min(1)
    .optional()
    .describe('The name that backends are asked for and must have; the host in their URL unless given'),
  cert: file().optional().describe('File with the certificate that backends are shown; PEM'),
  key: file().optional().describe('File with its key; PEM'),
  passphrase,
  verify: z.boolean().default(true).describe('Whether the certificates of backends must be valid'),
  minVersion,
});

export type FrontendTlsInput = z.output<typeof frontendTlsSchema>;
export type BackendTlsInput = z.output<typeof backendTlsSchema>;
