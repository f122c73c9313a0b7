export { z } from 'zod'
export { compileJsonTemplate } from '../conditions/json-template.ts'
export { compileTemplate, templateText } from '../conditions/template.ts'
export type * from '../contracts/answer-mode.ts'
export type * from '../contracts/event.ts'
export type * from '../contracts/executor.ts'
export type * from '../contracts/plugin.ts'
export { HooklineError, isHooklineError } from '../errors/errors.ts'
export * as addresses from '../kit/address-ranges.ts'
export { isJsonType, mediaType } from '../kit/content-type.ts'
export { parseExact } from '../kit/exact-json.ts'
export { parseJson } from '../kit/json.ts'
export { createPrivateFile } from '../kit/private-file.ts'
export { secret, secrets } from '../kit/secret.ts'
export { errorCodeOf } from '../kit/thrown.ts'
export { untilAborted, withTimeLimit } from '../kit/time-limit.ts'
export { defineExecutor } from './define.ts'
export { type ValueSource, valuesOf } from './events/event-value.ts'
export { engineFault, type HandOver, handOver } from './hand-over.ts'
export * as aws from './messages/aws/index.ts'
export { type BodyMaker, compileBody } from './messages/body.ts'
export { brokerFault } from './messages/broker-fault.ts'
export { BrokerConnections } from './messages/connections.ts'
export { describePublish, publishPermissions } from './messages/description.ts'
export {
  type BrokerMessage,
  compileMessage,
  type MessageOptions,
  messageOptions,
  prefixedHeaders,
} from './messages/message.ts'
export { importOptional, packageFaults } from './messages/optional-package.ts'
export * as redisServer from './messages/redis/index.ts'
export { fileFaults, programFaults } from './processes/check-program.ts'
export {
  type Exit,
  type Launch,
  type ProcessRun,
  type StartChild,
  startChild,
  type WatchedChild,
} from './processes/child.ts'
export {
  encodeFields,
  encodeFrame,
  FROM_HELPER,
  type Frame,
  FrameReader,
  TO_HELPER,
} from './processes/helper/frames.ts'
export { type ChildOwner, HelperChild } from './processes/helper/helper-child.ts'
export {
  HelperProcess,
  type HelperSettings,
  type HelperWork,
} from './processes/helper/helper-process.ts'
export { HelperShare, type HelperUse } from './processes/helper/helper-share.ts'
export { interpreterPath } from './processes/interpreter-path.ts'
export { ProgramStarter } from './processes/launcher/program-starter.ts'
export {
  checkUser,
  locate,
  PASSED_VARIABLES,
  type ProcessSettings,
  processOptions,
  programEnv,
  programStdin,
} from './processes/options.ts'
export { outcomeOfFault, outcomeOfStop } from './processes/outcome.ts'
export { formatOwner, isOwnerAlive, thisOwner } from './processes/owner.ts'
export { processPermissions } from './processes/permissions.ts'
export { type PreparedProcess, ProcessRuns } from './processes/process-runs.ts'
export type { Restrictions } from './processes/restrict/restrictions.ts'
export { ProgramResult } from './processes/result.ts'
export { makeTempFolder } from './processes/temp-folders.ts'
export { type Broker, publisher } from './publisher.ts'
export { computeHmac, hmacKeys } from './signing/hmac.ts'
