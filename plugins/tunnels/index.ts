export { cloudflare } from './cloudflare/index.ts'
export { command } from './command/index.ts'
export { ssh } from './ssh/index.ts'
export { tailscale } from './tailscale/index.ts'
