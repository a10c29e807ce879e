import { serveWork } from '../kernel/index.ts';
import { runStep } from './engine-work.ts';

// The inside of `engine-thread.ts`. Half a construction would leave the other half of the lines without a place.
serveWork(runStep, ({ objective }) => objective !== undefined);
