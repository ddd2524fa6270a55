export { type Destination, destinationOf, OverToCommand } from './destination.ts';
export { type Digest, digest, storeFile, syncDirectory } from './durable.ts';
export { type FileState, fileState, isAsItWas } from './file-state.ts';
export { describeTarget, homeEnvironment, type MoveCommand, parseMoveCommand } from './move-command.ts';
export { moveOver } from './move-over.ts';
export { formatMoved, type MovedFile, movedName, parseMoved } from './moved.ts';
export { moveOf, moveOptions, openingOf, openingOptions, sealingOf, sealingOptions } from './options.ts';
export { openSealed, sealFile, sealTo } from './seal.ts';
export { checkSealing, type Opening, type Sealing, sealedSuffix, sealingIdentity } from './sealing.ts';
export {
  ensureSigningKey,
  type SignatureNamespace,
  sign,
  signatureSuffix,
  signText,
  verifySignature,
  verifyText,
} from './signature.ts';
