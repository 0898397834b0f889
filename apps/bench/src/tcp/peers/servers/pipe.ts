import { connect, createServer } from 'node:net';

/** The program that everybody writes first: `pipe.js PORT BACKEND_PORT`. */
const [port, backendPort] = process.argv.slice(2).map(Number);

createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const backend = connect({ port: backendPort ?? 0, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  client.pipe(backend);
  backend.pipe(client);
  client.on('error', () => backend.destroy());
  backend.on('error', () => client.destroy());
}).listen({ port, host: '127.0.0.1', backlog: 4096 });
