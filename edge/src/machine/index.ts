export { createPipeline, type Pipeline } from './pipeline.ts';
export { readTag } from './reading.ts';
