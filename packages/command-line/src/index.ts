export { argumentBytes } from './argv.ts';
export { withProgram } from './beside.ts';
export { CommandError, errorCode, failure, internalError, reason, usageError } from './errors.ts';
export { exitCodes, exitMeanings } from './exit.ts';
export { type LockMode, readWhenFree, tryLock } from './flock.ts';
export { Flow } from './flow.ts';
export { type Ending, runForeground, startDetached } from './foreground.ts';
export { interruption } from './interrupt.ts';
export {
  type Command,
  commonOptions,
  nullOption,
  type Option,
  type OptionTable,
  type Values,
} from './options.ts';
export { ChildFailure } from './outcome.ts';
export { formatBytes, Pace, type Passed } from './pace.ts';
export { inParallel } from './parallel.ts';
export { type Passage, passOn } from './passage.ts';
export { inputBlocks, inputPaths, inputRecords, nameEmptyPath, outputPaths, readsStdin } from './paths.ts';
export { makePipe, type Pipe } from './pipe.ts';
export {
  captureOutput,
  type Detour,
  type Feed,
  runPipeline,
  type Stage,
  type User,
  type Wiring,
} from './pipeline.ts';
export {
  childEnvironment,
  findProgram,
  hasProgram,
  setSearchPath,
  setTemporaryDirectory,
  systemPath,
} from './programs.ts';
export { removeTree } from './remove.ts';
export type { Report } from './report.ts';
export { type Call, runCommand, version } from './run.ts';
export { withScratch } from './scratch.ts';
export { stderrHasClosed, stdoutIsTerminal } from './standard-streams.ts';
export { openUnnamed } from './unnamed.ts';
