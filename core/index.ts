export {
  type Config,
  type DropIn,
  defineConfig,
  type Mapping,
  type Rule,
  type SettingsInput,
} from './config/define.ts'
export type * from './contracts/answer-mode.ts'
export type * from './contracts/config.ts'
export type * from './contracts/delivery.ts'
export type * from './contracts/document.ts'
export type * from './contracts/event.ts'
export type * from './contracts/executor.ts'
export type * from './contracts/meter.ts'
export type * from './contracts/node-registry.ts'
export type * from './contracts/own-event.ts'
export type * from './contracts/plugin.ts'
export type * from './contracts/policy.ts'
export type * from './contracts/retention.ts'
export type * from './contracts/retention-settings.ts'
export type * from './contracts/source.ts'
export type * from './contracts/store.ts'
export type * from './contracts/task.ts'
export type * from './contracts/tracer.ts'
export type * from './contracts/transfer.ts'
export { TRANSFER_KINDS, TRANSFER_TABLES } from './contracts/transfer.ts'
export {
  type Address,
  type AddressRanges,
  compileRanges,
  isAddressRange,
  isWithin,
  parseAddress,
} from './kit/address-ranges.ts'
export { ALERT_EVENTS, alertEvents } from './kit/alerts.ts'
export { jsonAnswer, OK, plainText } from './kit/answer.ts'
export { auditHash, storableAuditEntry } from './kit/audit-hash.ts'
export { bodyId } from './kit/body-id.ts'
export { bytesEqual, tokenMatches } from './kit/constant-time.ts'
export { defineExecutor, defineSource, defineStore, env, file, payloads } from './kit/define.ts'
export { type ErrorCode, HooklineError, isHooklineError } from './kit/errors.ts'
export {
  checkedType,
  type EventScheme,
  type EventTable,
  eventHeaders,
  eventReader,
  type FactsInput,
  factsOf,
  idText,
  type Place,
} from './kit/event-reader.ts'
export { isEventType, MAX_EVENT_TYPE_LENGTH, withAction } from './kit/event-type.ts'
export { findText, type ValueSource, valuesOf } from './kit/event-value.ts'
export {
  catalogOf,
  type EventFacts,
  eventsWith,
  type Fact,
  type FactReader,
  type FactTable,
  fact,
  readFacts,
} from './kit/facts.ts'
export { formFields, hasTooManyFields, MAX_FORM_FIELDS } from './kit/form.ts'
export { computeHmac, hmacKeys, type SignedContent, verifyHmac } from './kit/hmac.ts'
export { createId } from './kit/id.ts'
export { decodeUtf8, MAX_JSON_DEPTH, parseJson } from './kit/json.ts'
export { compileJsonTemplate, type JsonTemplate } from './kit/json-template.ts'
export { type LearnedSecrets, learnedSecrets } from './kit/learned-secrets.ts'
export { isJsonType, mediaType } from './kit/media-type.ts'
export { firstOf, type PathReader, pathReader, valueAt } from './kit/path.ts'
export {
  isJsonObject,
  type JsonObject,
  jsonObject,
  jsonObjects,
  objectIn,
  sentObject,
} from './kit/payload.ts'
export { createPrivateFile } from './kit/private-file.ts'
export {
  type Exit,
  type Launch,
  type ProcessRun,
  type StartChild,
  startChild,
  type WatchedChild,
} from './kit/process-child.ts'
export { signalGroup } from './kit/process-group.ts'
export {
  locate,
  ownGroup,
  processOptions,
  programEnv,
  programStdin,
} from './kit/process-options.ts'
export { type ProcessReachOptions, processReach } from './kit/process-reach.ts'
export { collectLastLine, MAX_RESULT_BYTES, ResultFolder } from './kit/program-result.ts'
export { ed25519Key, type PublicKeys, publicKeySignature } from './kit/public-key-signature.ts'
export { checkRoot } from './kit/restrict/check-root.ts'
export { Confinement } from './kit/restrict/confinement.ts'
export { noRoot, type Restrictions, restrictOptions } from './kit/restrict/restrict-options.ts'
export { limitValues, restrictionPrefix } from './kit/restrict/restriction-prefix.ts'
export { runProcess } from './kit/run-process.ts'
export { isSecretSchema, secret, secrets } from './kit/secret.ts'
export {
  type Authenticity,
  type HmacScheme,
  hmacSignature,
  type SignatureScheme,
  STANDARD_WEBHOOKS,
  type TimestampScheme,
} from './kit/signature.ts'
export { type SignedSource, type SignedSourceScheme, signedSource } from './kit/signed-source.ts'
export {
  compileTemplate,
  type Template,
  type TemplateOptions,
  type TemplateText,
  templateText,
} from './kit/template.ts'
export { checkTimestamp } from './kit/timestamp.ts'
export { allOf, basicAuth, headerToken } from './kit/token.ts'
