export { type Digest, digest, storeFile, syncDirectory } from './durable.ts';
export { openSealed, sealFile, sealTo } from './seal.ts';
export { checkSealing, type Opening, type Sealing, sealedSuffix, sealingIdentity } from './sealing.ts';
export {
  ensureSigningKey,
  type SignatureNamespace,
  sign,
  signatureSuffix,
  verifySignature,
} from './signature.ts';
