export { accountOptions, accountPermissions, clientSettings } from './account.ts'
export { attributesOf, checkHeaderNames } from './attributes.ts'
export { callFault } from './faults.ts'
export { fifoIds, groupOption } from './fifo.ts'
