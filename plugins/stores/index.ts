export { postgres } from './postgres/index.ts'
export { sqlite } from './sqlite/index.ts'
