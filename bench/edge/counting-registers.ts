import { once } from 'node:events';
import { createServer } from 'node:net';
import modbus from 'jsmodbus';

/** A Modbus server whose holding registers all count each second; its port goes to the parent. */
const REGISTERS = 2_000;
const registers = Buffer.alloc(REGISTERS * 2);
let second = 0;
setInterval(() => {
  second++;
  for (let register = 0; register < REGISTERS; register++) {
    registers.writeUInt16BE((second + register) % 65_536, register * 2);
  }
}, 1_000);
const server = createServer();
// A killed agent resets its connection.
server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
new modbus.server.TCP(server, { holding: registers });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
process.on('disconnect', () => process.exit(0));
