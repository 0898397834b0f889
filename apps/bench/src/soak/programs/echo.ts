import { createServer } from 'node:net';

/** Says its port, and sends back whatever comes. */
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
}).listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${JSON.stringify(server.address())}\n`);
});
