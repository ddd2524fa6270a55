export { readBlocks } from './blocks.ts';
export {
  type BytePath,
  escapePath,
  escapeText,
  fromText,
  toFs,
  toText,
  withoutSlash,
  withSlash,
} from './bytes.ts';
export { RecordTooLong, readPaths, type Terminator } from './read.ts';
export { PathWriter } from './write.ts';
