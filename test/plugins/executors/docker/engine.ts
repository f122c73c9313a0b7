import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { skipReason } from '../../../requirements.ts'

/** What the tests of the docker executor need, or why they cannot run. */
export interface TestEngine {
  /** Null: there is an engine, and the image. */
  readonly skip: string | null
  readonly socketPath: string
}

/** A container of the engine, as far as the tests look at it. */
export interface TestContainer {
  readonly Id: string
  readonly Image: string
  readonly State: string
  readonly Labels: Readonly<Record<string, string>>
}

/** A root of busybox alone. */
export const IMAGE = 'hookline-test:busybox-1'

const SOCKET_PATH = (process.env['DOCKER_HOST'] ?? '').startsWith('unix://')
  ? (process.env['DOCKER_HOST'] ?? '').slice('unix://'.length)
  : '/var/run/docker.sock'
const ANSWER_MS = 60_000

/** Looks for an engine and gives it the image. Prints why where the tests must be skipped. */
export async function findEngine(): Promise<TestEngine> {
  return { skip: skipReason('docker', await whyNot()), socketPath: SOCKET_PATH }
}

async function whyNot(): Promise<string | null> {
  const ping = await engine('GET', '/_ping').catch(() => null)
  if (ping?.status !== 200) {
    return `no Docker engine answers at ${SOCKET_PATH} (.ci/start-docker starts one)`
  }
  if ((await engine('GET', `/images/${IMAGE}/json`)).status === 200) return null
  const root = rootTar()
  if (root === null) {
    return 'there is no busybox without libraries to make an image of (busybox-static)'
  }
  const [repo = '', tag = ''] = IMAGE.split(':')
  const made = await engine('POST', `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`, root)
  return made.status === 200 ? null : `the image could not be made: ${made.text}`
}

/** The root of the image as a tar file; null where this machine has no busybox without libraries. */
export function rootTar(): Buffer | null {
  const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim()
  const linked = spawnSync('ldd', [busybox], { encoding: 'utf8' })
  if (busybox === '' || !/not a dynamic executable/.test(linked.stderr + linked.stdout)) return null
  const root = mkdtempSync(join(tmpdir(), 'hookline-image-'))
  try {
    for (const folder of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) mkdirSync(join(root, folder))
    copyFileSync(busybox, join(root, 'bin/busybox'))
    const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')
    for (const name of names) {
      if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name))
    }
    const file = join(root, '..', `${root.split('/').at(-1)}.tar`)
    execFileSync('tar', ['-c', '-f', file, '-C', root, '.'])
    const tar = readFileSync(file)
    rmSync(file)
    return tar
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Asks the engine directly, without the executor's own client. */
export function engine(
  method: string,
  path: string,
  body?: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: SOCKET_PATH, agent: false, method, path })
    sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error('the engine does not answer')))
    sent.once('error', reject)
    sent.once('response', async (response) => {
      const text = (await response.toArray()).join('')
      resolve({ status: response.statusCode ?? 0, text })
    })
    sent.end(body)
  })
}

/** All containers with a label, running or not. */
export async function containersWith(label: string): Promise<readonly TestContainer[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }))
  const { text } = await engine('GET', `/containers/json?all=true&filters=${filters}`)
  return JSON.parse(text)
}
