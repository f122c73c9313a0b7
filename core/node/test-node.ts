import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { CaseNode } from '../trial/cases/case-node.ts'
import type { NodeOptions, RunningNode } from './running-node.ts'

// A rule can keep the sender waiting for up to 300 seconds.
const SEND_SECONDS = 330

export interface TestNodeOptions
  extends Pick<NodeOptions, 'configFile' | 'cwd' | 'env' | 'managed'> {
  readonly labels?: readonly string[] | undefined
  /** Ends every request. */
  readonly signal?: AbortSignal
  /** Makes a copy of the config in a folder, which is removed at the end. With it, the node runs programs. */
  readonly copyTo?: (folder: string) => Promise<string>
}

/** A node for cases, as whoever opened it reaches it. */
export type TestNode = CaseNode & Pick<RunningNode, 'url' | 'adminToken'>

/** Opens a node on a free port of this machine, with its store in a folder of its own. It asks no provider for anything. */
export async function openTestNode(
  open: (options: NodeOptions) => Promise<RunningNode>,
  { labels, signal, copyTo, ...options }: TestNodeOptions,
): Promise<TestNode> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-test-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const node = await open({
      ...options,
      ...(copyTo && { configFile: await copyTo(folder) }),
      overrides: {
        ...{ host: '127.0.0.1', port: 0, dataDir: join(folder, 'data'), labels },
      },
      role: copyTo === undefined ? 'receive' : 'all',
      isTest: true,
      ...{ pretty: true, logLevel: 'silent' },
    })
    const { url, config, adminToken } = node
    const send = async (path: string, init: RequestInit) => {
      const ends = [AbortSignal.timeout(SEND_SECONDS * 1000), ...(signal ? [signal] : [])]
      const given = { redirect: 'manual', ...init, signal: AbortSignal.any(ends) } as const
      return fetch(url + path, given).catch((cause: unknown) => {
        throw new HooklineError('service_unreachable', 'The service of the cases gave no answer', {
          cause,
        })
      })
    }
    const get = async <Answer>(path: string) => {
      const headers = { authorization: `Bearer ${adminToken.value}` }
      const answer = await send(path, { headers })
      const text = await answer.text()
      if (answer.ok) return parseKeepingDigits(text) as Answer
      const what = `The service of the cases answered ${answer.status}: ${text.slice(0, 500)}`
      throw new HooklineError('service_unreachable', what)
    }
    const close = () => node.stop().finally(remove)
    return { ...{ url, config, adminToken, send, get, close } }
  } catch (error) {
    await remove()
    throw error
  }
}
