export { z } from 'zod'
export type * from '../contracts/delivery.ts'
export type * from '../contracts/event.ts'
export type * from '../contracts/plugin.ts'
export type * from '../contracts/provider/changes.ts'
export type * from '../contracts/provider/missed.ts'
export type * from '../contracts/provider/registration.ts'
export type * from '../contracts/provider/report.ts'
export type * from '../contracts/source.ts'
export { HooklineError, isHooklineError } from '../errors/errors.ts'
export { tokenMatches } from '../kit/constant-time.ts'
export { decodeText, isJsonType, mediaType } from '../kit/content-type.ts'
export { parseJson } from '../kit/json.ts'
export { createPrivateFile } from '../kit/private-file.ts'
export { secret, secrets } from '../kit/secret.ts'
export { learnedSecrets } from '../redaction/learned-secrets.ts'
export { addressRange } from '../settings/quantities.ts'
export { jsonAnswer, OK, plainText } from './answer.ts'
export { type ApiAnswer, type ApiCall, type ApiOptions, ProviderApi } from './api/client.ts'
export { isRetryable } from './api/fault.ts'
export {
  collectionRegistrar,
  hookMark,
  orNull,
  registerEvents,
  registerFields,
  soleHook,
} from './api/hook-collection.ts'
export {
  GROUP_NAME,
  type HookTargets,
  hookTargets,
  NESTED_GROUP_NAME,
  OWNER_FIELDS,
  ownerTargets,
  PROJECT_NAME,
  REPOSITORY_NAME,
  registerNames,
  type TargetKind,
} from './api/hook-targets.ts'
export { type ListedDelivery, missedOf } from './api/missed.ts'
export {
  API_OPTION,
  accessFields,
  apiAccess,
  apiFields,
  apiOption,
  checkedPlace,
  codeFence,
  commitsBy,
  contextStatuses,
  shortened,
  statusReporter,
} from './api/status-reporter.ts'
export { changeLookup, textsIn } from './change-lookup.ts'
export { payloads } from './define.ts'
export {
  defineSource,
  type OwnParts,
  type SourceDeclaration,
  type SourceProof,
} from './define-source.ts'
export { alertTable, parseAlerts, sampleAlerts } from './events/alerts.ts'
export { contentIds, partId, partsOf } from './events/batch.ts'
export { bodyId } from './events/body-id.ts'
export type { SourceEvent } from './events/event-reader.ts'
export {
  type EventFacts,
  type EventTable,
  eventsWith,
  type Fact,
  type FactTable,
} from './events/event-table.ts'
export { eventTypeOf, isEventType } from './events/event-type.ts'
export { collectFields, formFields, MAX_FORM_FIELDS } from './events/form.ts'
export { valueAt } from './events/path.ts'
export {
  isJsonObject,
  type JsonObject,
  jsonObject,
  jsonObjects,
  objectIn,
} from './events/payload.ts'
export {
  firstOf,
  type ValueLocation,
  type ValueLocations,
  type ValueReader,
} from './events/value-location.ts'
export { clientCertificate } from './signing/client-certificate.ts'
export { allOf, anyOf, type Proof } from './signing/combine.ts'
export { type FetchText, fetchText } from './signing/fetch-text.ts'
export { type Hmac, type HmacForm, hmac } from './signing/hmac.ts'
export { JWT_ALGORITHMS } from './signing/jwt/algorithms.ts'
export { type JwtKeys, jwtProof } from './signing/jwt/jwt.ts'
export { KeySet } from './signing/jwt/key-set.ts'
export { newestSignature } from './signing/newest-signature.ts'
export { ed25519Key, publicKeySignature, publicKeys } from './signing/public-key-signature.ts'
export { senderAddress } from './signing/sender-address.ts'
export {
  type Authenticity,
  type HmacScheme,
  hmacSignature,
  type SignatureScheme,
  STANDARD_WEBHOOKS,
} from './signing/signature.ts'
export { checkTimestamp } from './signing/timestamp.ts'
export { basicAuth, headerToken, queryToken } from './signing/token.ts'
