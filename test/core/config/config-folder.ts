import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Fault, type LoadOptions, loadConfig } from '../../../core/config/load/load.ts'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import { type HooklineError, isHooklineError } from '../../../core/errors/errors.ts'

/** A temporary folder with real files, and a config in it. */
export class ConfigFolder {
  readonly path: string
  readonly logged: { level: string; fields: object; message: string }[] = []

  constructor(files: Readonly<Record<string, string | object>> = {}) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'hookline-config-')))
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }))
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  write(name: string, content: string | object): void {
    const file = this.file(name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }

  /** Replaces a file as editors do: a new file takes its name. */
  replace(name: string, content: string): void {
    this.write(`${name}.tmp~`, content)
    renameSync(this.file(`${name}.tmp~`), this.file(name))
  }

  file(name: string): string {
    return join(this.path, name)
  }

  options(more: Partial<LoadOptions> = {}): LoadOptions {
    const keep = (level: string) => (fields: object, message: string) => {
      this.logged.push({ level, fields, message })
    }
    return {
      cwd: this.path,
      env: {},
      overrides: {},
      mode: 'run',
      logger: {
        debug: keep('debug'),
        info: keep('info'),
        warn: keep('warn'),
        error: keep('error'),
      },
      clock: () => 0,
      ...more,
    }
  }

  load(more: Partial<LoadOptions> = {}): Promise<RunningConfig> {
    return loadConfig(this.options(more))
  }

  /** The error of a load that must fail. */
  async fault(more: Partial<LoadOptions> = {}): Promise<HooklineError> {
    try {
      await this.load(more)
    } catch (error) {
      if (isHooklineError(error)) return error
      throw error
    }
    throw new Error('the config was loaded, and should not have been')
  }

  /** Faults of a load that must fail, as `code path`. */
  async faults(more: Partial<LoadOptions> = {}): Promise<readonly string[]> {
    return faultsOf(await this.fault(more)).map(({ code, path }) => `${code} ${path}`)
  }
}

export function faultsOf(error: HooklineError): readonly Fault[] {
  return (error.fields['faults'] ?? []) as readonly Fault[]
}

/** A folder of plugins of the test's own: the source `bell`, the executor `echo`, the store `box` and the tunnel `pipe`. */
export const PLUGINS = {
  'plugins/bell.ts': `
    import { defineSource, secret } from 'hookline/sdk/source'
    import { z } from 'zod'
    export const bell = defineSource({
      name: 'bell',
      summary: 'Rings.',
      options: z.object({ secret: secret(), keys: z.array(secret()).optional(), tone: z.number().default(1) }),
      secretHeaders: ['X-Bell-Token'],
      events: {
        '*': { description: 'Any.', facts: { ringer: ['string', 'Who.', 'ringer'] } },
        ring: { description: 'A ring.', facts: { loud: ['boolean', 'Is it?', 'loud'] } },
        'door.open': { description: 'Open.', facts: { room: ['string', 'Which.', 'room'] } },
      },
      create: (options) => ({ options, verify: () => ({ ok: true }), parse: () => [] }),
    })`,
  'plugins/echo/index.ts': `
    import { defineExecutor } from 'hookline/sdk/executor'
    import { z } from 'zod'
    export const echo = defineExecutor({
      name: 'echo',
      summary: 'Says it again.',
      options: z.object({ command: z.array(z.string()).min(1), loud: z.boolean().optional(), times: z.number().optional() }),
      create: (options, context) => ({ options, context, run: async () => ({ status: 'succeeded' }) }),
    })`,
  'plugins/pipe.ts': `
    import { defineTunnel } from 'hookline/sdk/tunnel'
    import { z } from 'zod'
    export const pipe = defineTunnel({
      name: 'pipe',
      summary: 'Leads nowhere.',
      options: z.object({ url: z.url().optional() }),
      create: ({ url }) => ({ ...(url && { url }), open: async () => { throw new Error('never opened here') } }),
    })`,
  'plugins/box.ts': `
    import { defineStore } from 'hookline/sdk/store'
    import { z } from 'zod'
    export const box = defineStore({
      name: 'box',
      summary: 'Keeps nothing.',
      options: z.object({ size: z.number().default(1) }),
      create: () => { throw new Error('never opened here') },
    })`,
}

/** A config of those plugins without a fault. */
export const CONFIG = {
  plugins: ['./plugins'],
  sources: { bell: { use: 'bell', options: { secret: 'bell-secret' } } },
  programs: {
    deploy: { use: 'echo', options: { command: ['deploy'] } },
    tell: { use: 'echo', options: { command: ['tell'] } },
  },
  rules: [{ on: 'bell.ring', when: 'loud', run: 'deploy' }] as readonly object[],
  store: { use: 'box' },
}

export const JSON_CONFIG = 'webhook.config.json'
