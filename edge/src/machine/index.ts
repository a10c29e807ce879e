export { createPipeline, type Pipeline, type PipelineOptions } from './pipeline.ts';
export { type Reading, readTag } from './reading.ts';
