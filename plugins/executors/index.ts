export { docker } from './docker/index.ts'
export { email } from './email/index.ts'
export { http } from './http/index.ts'
export { subprocess } from './subprocess/index.ts'
