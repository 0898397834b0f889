import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findPostgres, startPostgres } from '../test/postgres-server.ts';
import { Pool } from './index.ts';
import type { Factory } from './index.ts';

const programs = findPostgres();
const isRequired = process.env['MILLPOND_REQUIRE_TOOLS'] === '1';

/** Connections to a server on this port. */
function clients(port: number): Factory<Client> {
  return {
    async create({ died }) {
      const client = new Client({ host: '127.0.0.1', port, user: 'test', database: 'postgres' });
      client.on('error', died).once('end', died);
      await client.connect();
      return client;
    },
    destroy: (client) => client.end(),
    ping: async (client) => void (await client.query('select 1')),
  };
}

describe.skipIf(programs === undefined && !isRequired)(
  `with PostgreSQL${programs === undefined ? ' (needs postgresql)' : ''}`,
  () => {
    let server: Awaited<ReturnType<typeof startPostgres>>;
    let pool: Pool<Client>;
    let admin: Client;
    const query = (text: string) => pool.use(async (client) => (await client.query(text)).rows[0]);

    beforeAll(async () => {
      if (programs === undefined) throw new Error('not installed: postgresql');
      server = await startPostgres(programs);
      const options = { max: 20, minIdle: 2, pingIntervalMs: 50, maxCreating: 8 };
      pool = new Pool(clients(server.port), options);
      admin = new Client({ host: '127.0.0.1', port: server.port, user: 'test', database: 'postgres' });
      await admin.connect();
    }, 60_000);

    afterAll(async () => {
      await admin.end();
      await pool.drain({ timeoutMs: 1000 });
      await server.close();
    });

    /** Connections that the server has, but for ours. */
    const connections = async () => {
      const { rows } = await admin.query(
        "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
      );
      return rows.map(({ pid }) => Number(pid));
    };

    it('serves 500 callers over 20 connections', async () => {
      const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => query(`select ${index}::int as n`)));
      expect(answers.map(({ n }) => n)).toEqual(Array.from({ length: 500 }, (_, index) => index));
      expect((await connections()).length).toBeLessThanOrEqual(20);
      expect(pool.stats()).toMatchObject({ active: 0, createFailures: 0, timeouts: 0 });
    });

    it('forgets connections that are killed while idle, and lends none of them', async () => {
      await pool.warm(20);
      const before = await connections();
      await admin.query(`select pg_terminate_backend(pid) from unnest($1::int[]) pid`, [before]);
      await vi.waitFor(() => {
        // One that is being pinged fails at that.
        const { died, invalid } = pool.stats().destroyed;
        expect(died + invalid).toBeGreaterThanOrEqual(20);
      });
      expect(await query('select 7 as n')).toEqual({ n: 7 });
      expect(pool.stats().destroyed.error).toBe(0);
    });

    it('loses the callers whose connection is killed, and nobody else', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 100 }, (_, index) =>
          query(index % 10 === 0 ? 'select pg_terminate_backend(pg_backend_pid())' : 'select 1 as n'),
        ),
      );
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
      expect(pool.stats().active).toBe(0);
      expect(await query('select 8 as n')).toEqual({ n: 8 });
    });

    it('lends several connections at once, or none', async () => {
      const batches = Array.from({ length: 10 }, async () => {
        const leases = await pool.acquireMany(8);
        await Promise.all(leases.map(({ value }) => value.query('select 1')));
        for (const lease of leases) lease.release();
      });
      await Promise.all(batches);
      expect(pool.stats()).toMatchObject({ active: 0, pending: 0 });
    });

    it('leaves no connection behind', async () => {
      await pool.drain();
      await vi.waitFor(async () => expect(await connections()).toEqual([]));
    });
  },
);
