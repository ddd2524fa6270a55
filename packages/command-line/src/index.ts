export { CommandError, errorCode, failure, reason, usageError } from './errors.ts';
export { exitCodes } from './exit.ts';
export { interruption } from './interrupt.ts';
export { type Command, nullOption, type OptionTable, type Values } from './options.ts';
export { ChildFailure, captureOutput, runPipeline, type Stage, type Wiring } from './pipeline.ts';
export { findProgram, hasProgram, setSearchPath, systemPath } from './programs.ts';
export type { Report } from './report.ts';
export { type Call, inputPaths, outputPaths, runCommand, version } from './run.ts';
export { stdoutIsTerminal } from './standard-streams.ts';
