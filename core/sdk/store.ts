export { z } from 'zod'
export type * from '../contracts/access.ts'
export type * from '../contracts/bulk.ts'
export type * from '../contracts/counts.ts'
export type * from '../contracts/delivery.ts'
export type * from '../contracts/document.ts'
export type * from '../contracts/event.ts'
export type * from '../contracts/node-registry.ts'
export type * from '../contracts/pause.ts'
export type * from '../contracts/plugin.ts'
export type * from '../contracts/policy.ts'
export type * from '../contracts/retention.ts'
export type * from '../contracts/store.ts'
export type * from '../contracts/task.ts'
export type * from '../contracts/transfer.ts'
export { TRANSFER_KINDS, TRANSFER_TABLES } from '../contracts/transfer.ts'
export { type ErrorCode, HooklineError, isHooklineError } from '../errors/errors.ts'
export { secret, secrets } from '../kit/secret.ts'
export { defineStore } from './define.ts'
export { APPROVAL, pendingColumns } from './store/approvals.ts'
export { auditHash, nextAuditEntry, storableAuditEntry } from './store/audit-hash.ts'
export { type BreakerState, breakerStep, type CountedEnd } from './store/breaker.ts'
export {
  type ClaimBounds,
  type ClaimCandidate,
  claimInOrder,
  type TakenCandidate,
} from './store/claim-order.ts'
export {
  addCounts,
  countTerms,
  groupsOf,
  toCountBucket,
  toErrorPage,
  toErrorQuery,
} from './store/counts.ts'
export { dataPath } from './store/data-path.ts'
export { type DocumentsPlan, documentKey, planDocumentWrites } from './store/document-writes.ts'
export {
  type FirstEvent,
  findFirstEvents,
  originalOf,
  toKnownEvents,
} from './store/duplicates.ts'
export { folderFault } from './store/folder-fault.ts'
export {
  changeOfLimits,
  isLimited,
  type KeptLimits,
  NO_LIMITS,
  readLimits,
  toKeptLimits,
} from './store/limits.ts'
export {
  deadDeliveries,
  type FilteredList,
  filteredDeliveries,
  filteredTasks,
  recentTasks,
} from './store/lists.ts'
export { NEVER } from './store/never.ts'
export {
  auditPageSize,
  conditionsOfDeliveries,
  conditionsOfTasks,
  type PageBounds,
  type PageCondition,
  type PageQuery,
  type PageRequest,
  pageBounds,
  pageSize,
  toPage,
  toPageQuery,
} from './store/pages.ts'
export {
  beginPause,
  beginResume,
  claimableAt,
  holdingPause,
  type KeptPause,
  PARKED_PER_CLAIM,
  PAUSE_COLUMNS,
  type PausableTask,
  type PauseStep,
  type ProgramGate,
  parkedBy,
  pauseValues,
  programGate,
  type QueuePlace,
  toKeptPause,
  toPausable,
  toPauseRecord,
  withProbe,
} from './store/pauses.ts'
export {
  createProjectionMappers,
  endedTasksOf,
  UNPROJECTED_EVENT_COLUMNS,
  UNPROJECTED_TASK_COLUMNS,
} from './store/projection-rows.ts'
export {
  deliveryFate,
  isTaskDue,
  logFate,
  NODE_GONE_AFTER_MS,
  type PrunedDeliveries,
  type PrunedPart,
  REFUSED_KEPT,
  REFUSED_PER_TRIM,
  type TaskEnd,
  toPruned,
  toTaskEnd,
} from './store/pruning.ts'
export { type KnownEvents, newEvents, toReceipt } from './store/receipt.ts'
export {
  createRowMappers,
  EVENT_COLUMNS,
  HANDED_OVER_COLUMNS,
  listedResults,
  previousText,
  type StoreRow,
  toBacklog,
  toHandedOverTask,
  toNode,
  toPendingApproval,
  toTaskCounts,
} from './store/rows.ts'
export { isMostlyStored } from './store/search/merge.ts'
export type { BlockPlace, IdPlaces, SearchReader } from './store/search/reader.ts'
export { isSearch, searchPage } from './store/search/search-page.ts'
export { idsIn } from './store/search/segment.ts'
export { createSubscribers, type Subscribers } from './store/subscribers.ts'
export {
  type AttemptEnd,
  cancelTask,
  changeTask,
  decideTask,
  type HeldTask,
  handOverTask,
  replacedReason,
  retryTask,
  type SettleStep,
  settleTask,
  type TaskColumns,
  type TaskStep,
  takeBackTask,
} from './store/task-steps.ts'
export { readable, storable } from './store/text.ts'
export { errorMessageOf } from './store/thrown.ts'
export {
  checkTransferVersion,
  firstTransferState,
  holdsRowsQuery,
  onTransferConflict,
  positionAfter,
  refuseOtherSource,
  TRANSFER_PAGE_BYTES,
  TRANSFER_PAGE_ROWS,
  type TransferState,
  targetInUse,
  toTransferState,
} from './store/transfer-state.ts'
