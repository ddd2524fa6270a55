export { builtCommand, temporaryDirectory } from './places.ts';
export { type Ended, keyPair, node, type RunOptions, run, start } from './run.ts';
export { describeTree } from './tree.ts';
