export {
  type Config,
  type DropIn,
  defineConfig,
  type Mapping,
  type Rule,
  type SettingsInput,
} from './config/define.ts'
export type { WebhookEvent } from './contracts/event.ts'
export { env, file } from './sdk/define.ts'
