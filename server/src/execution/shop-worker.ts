import { serveWork } from '../kernel/index.ts';
import { runShop } from './shop-work.ts';

// The inside of `shop-thread.ts`. Before the first complete order of work there is nothing to keep.
serveWork(runShop, ({ best }) => best !== undefined);
