export { subprocess } from './subprocess/index.ts'
