import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HooklineError, z } from '../../../core/sdk/executor.ts'
import { type EngineTls, readTls } from './tls.ts'

const configSchema = z.object({ currentContext: z.string().optional() })
const metaSchema = z.object({
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }),
  }),
})

/** The context that `docker context use` chose in a folder of Docker's settings; `default` if there is none. */
export function currentContext(folder: string): string {
  const config = readJson(join(folder, 'config.json'), configSchema)
  return config?.currentContext || 'default'
}

/** The endpoint of a context, as `docker context create` has stored it. Throws `engine_unavailable`. */
export function contextEndpoint(
  folder: string,
  name: string,
): { readonly host: string; readonly tls: EngineTls | null } {
  const id = createHash('sha256').update(name).digest('hex')
  const meta = readJson(join(folder, 'contexts/meta', id, 'meta.json'), metaSchema)
  if (meta === null) {
    throw unusable(`There is no Docker context "${name}" in ${folder}`, {
      remedy:
        'See `docker context ls`. The service needs the home folder, or DOCKER_CONFIG, of the user who made it.',
    })
  }
  const { Host: host, SkipTLSVerify: skips = false } = meta.Endpoints.docker
  const tls = readTls(join(folder, 'contexts/tls', id, 'docker'), !skips)
  const hasTls = skips || tls.ca !== undefined || tls.cert !== undefined
  return { host, tls: hasTls ? tls : null }
}

function readJson<Value>(file: string, schema: z.ZodType<Value>): Value | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw unusable(`${file} cannot be read as settings of Docker`, { cause: error })
  }
}

function unusable(
  message: string,
  details: { readonly remedy?: string; readonly cause?: unknown },
): HooklineError {
  return new HooklineError('engine_unavailable', message, {
    ...details,
    fields: { retryable: false },
  })
}
