import { type Driver, DriverFault } from '../driver/index.ts';
import type { DriverRequest, DriverResult } from './message.ts';

/** Asks an open driver for one thing. */
export async function askDriver(driver: Driver, request: DriverRequest): Promise<DriverResult> {
  switch (request.kind) {
    case 'test':
      return {};
    case 'read':
      return { values: await driver.read(request.tags) };
    case 'browse': {
      if (driver.browse === undefined)
        throw new DriverFault('this protocol cannot be browsed: type the address');
      const nodes = await driver.browse(request.parent, request.limit);
      return { nodes: nodes.slice(0, request.limit) };
    }
    case 'write':
      if (driver.write === undefined) throw new DriverFault('this protocol cannot write');
      await driver.write(request.tag, request.value);
      return {};
    case 'call':
      if (driver.call === undefined) throw new DriverFault('this protocol cannot call');
      return { value: await driver.call(request.address, request.value) };
  }
}
