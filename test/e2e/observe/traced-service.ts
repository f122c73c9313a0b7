import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, type Service, startService, until } from '../service.ts'

export const SECRET = 'the secret of the tracing tests'
export const EXPORT_TOKEN = 'token-for-the-receiver-of-traces'

const config = (tracing: object, called = 'http://127.0.0.1:9/') => `
import { defineConfig } from 'hookline'
import { http, subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
const sh = (script, more) => subprocess({ command: ['/bin/sh', '-c', script], ...more })
const retry = { attempts: 3, backoffSeconds: 1, maxBackoffSeconds: 1 }
export default defineConfig({
  sources: { github: github({ secret: ${JSON.stringify(SECRET)} }) },
  programs: {
    say: sh('echo "[$TRACEPARENT]"'),
    // Fails for good only after the service was restarted.
    fail: sh('[ "$WEBHOOK_ATTEMPT" = 1 ] || [ -e again ] || sleep 60; echo what the program said; exit 3', { retry }),
    call: http({ url: ${JSON.stringify(called)}, allowHttp: true, allowPrivate: true }),
  },
  rules: [
    { on: 'github.push', when: "branch == 'say'", run: 'say' },
    { on: 'github.push', when: "branch == 'fail'", run: 'fail' },
    { on: 'github.push', when: "branch == 'call'", run: 'call' },
    { name: 'told', on: 'hookline.task.dead', run: 'say' },
  ],
  tracing: ${JSON.stringify(tracing)},
})`

export interface Accepted {
  readonly delivery: string
  readonly tasks: readonly { readonly id: string }[]
}

export interface TracedOptions {
  /** The `tracing` of the config. */
  readonly tracing: object
  /** URL that the program `call` calls. */
  readonly called?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A real service that sends traces. Its programs print, fail, and call a URL. */
export class TracedService {
  readonly #folder: ReturnType<typeof makeFolder>
  readonly #env: Readonly<Record<string, string>>
  #service: Service | null = null

  private constructor({ tracing, called, env = {} }: TracedOptions) {
    this.#folder = makeFolder(config(tracing, called))
    this.#env = {
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${EXPORT_TOKEN}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      ...env,
    }
  }

  static async start(options: TracedOptions): Promise<TracedService> {
    const traced = new TracedService(options)
    await traced.startAgain()
    return traced
  }

  get service(): Service {
    if (this.#service === null) throw new Error('the service was not started')
    return this.#service
  }

  /** Starts again after a kill, with the same data. */
  async startAgain(): Promise<void> {
    if (this.#service !== null) writeFileSync(join(this.#folder.folder, 'again'), '')
    this.#service = await startService({ folder: this.#folder.folder, env: this.#env })
  }

  async end(): Promise<void> {
    await this.#service?.stop()
    this.#folder.remove()
  }

  async push(
    branch: string,
    headers: Readonly<Record<string, string>> = {},
    secret = SECRET,
  ): Promise<Accepted> {
    const body = JSON.stringify({ ref: `refs/heads/${branch}`, note: 'private note', commits: [] })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const answer = await fetch(`${this.service.url}/api/webhooks/github`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-hub-signature-256': `sha256=${signature}`,
        ...headers,
      },
    })
    return (await answer.json()) as Accepted
  }

  /** Waits until the first task ends. Returns its output. */
  async settled({ tasks }: Accepted): Promise<string> {
    const path = `/api/tasks/${tasks[0]?.id}`
    const { log } = await until(
      () => this.service.get<{ state: string; log: { text: string }[] }>(path),
      ({ state }) => state === 'succeeded' || state === 'dead',
    )
    return log.map(({ text }) => text).join('')
  }
}
