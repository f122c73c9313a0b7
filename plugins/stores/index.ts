export { sqlite } from './sqlite/index.ts'
