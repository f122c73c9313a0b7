import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { Engine } from '../../../../plugins/executors/docker/engine.ts'
import { enginePlace } from '../../../../plugins/executors/docker/engine-place.ts'
import { missingTool } from '../../../requirements.ts'
import { createDocker } from './create-docker.ts'
import { IMAGE, rootTar } from './engine.ts'

const home = mkdtempSync(join(tmpdir(), 'hookline-home-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

const SYSTEM = '/var/run/docker.sock'
const PIPE = '//./pipe/docker_engine'
const place = (env: Record<string, string> = {}, options: object = {}, more: object = {}) =>
  enginePlace(options, { env: { ...env }, home, platform: 'linux', ...more })

async function socketAt(path: string): Promise<string> {
  mkdirSync(join(path, '..'), { recursive: true })
  const server = createServer().listen(path)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return path
}

describe('the engine', () => {
  it.each<[string, object, Record<string, string>, object]>([
    ['the option', { socketPath: '/a' }, { DOCKER_HOST: 'tcp://b' }, { socketPath: '/a' }],
    ['DOCKER_HOST', {}, { DOCKER_HOST: 'unix:///b' }, { socketPath: '/b' }],
    ['a named pipe', {}, { DOCKER_HOST: `npipe://${PIPE}` }, { socketPath: PIPE }],
    ['a host', {}, { DOCKER_HOST: 'tcp://h' }, { host: 'h', port: 2375, tls: null }],
    ['IPv6', {}, { DOCKER_HOST: 'tcp://[::1]:9' }, { host: '::1', port: 9, tls: null }],
    ['https', {}, { DOCKER_HOST: 'https://h' }, { port: 2376, tls: { rejectUnauthorized: true } }],
    [
      'TLS',
      {},
      { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1' },
      { host: 'h', port: 2376, tls: { ca: undefined, rejectUnauthorized: true } },
    ],
  ])('is that of %s', (_, options, env, expected) => {
    expect(place(env, options)).toMatchObject(expected)
  })

  it.each(['ssh://me@host', 'fd://', 'host:2375', 'tcp://', 'tcp://a b'])(
    'is not that of DOCKER_HOST=%s',
    (host) => {
      expect(() => place({ DOCKER_HOST: host })).toThrow(/DOCKER_HOST is ".*": only/)
    },
  )

  it('is at the usual socket that this user may open', async () => {
    const runtime = join(home, 'run')
    const rootless = await socketAt(join(runtime, 'docker.sock'))
    const desktop = await socketAt(join(home, '.docker/run/docker.sock'))
    const usual = ['', runtime].map((path) => place({ XDG_RUNTIME_DIR: path }))
    const hasSystem = enginePlace({}, { env: {}, home: '/none', platform: 'linux' })
    expect(hasSystem).toEqual({ socketPath: SYSTEM, shown: SYSTEM })
    const [other, own] = usual.map((found) => ('socketPath' in found ? found.socketPath : null))
    expect([SYSTEM, desktop]).toContain(other)
    expect([SYSTEM, rootless]).toContain(own)
    expect(place({}, {}, { platform: 'win32' })).toMatchObject({ socketPath: PIPE })
  })

  it('is not that of a context that there is not, or that cannot be read', () => {
    expect(() => place({ DOCKER_CONTEXT: 'none' })).toThrow(/There is no Docker context "none"/)
    const folder = join(home, 'broken')
    mkdirSync(folder)
    writeFileSync(join(folder, 'config.json'), '{')
    expect(() => place({ DOCKER_CONFIG: folder })).toThrow(/config.json cannot be read/)
  })
})

const isRoot = process.getuid?.() === 0
const missing = missingTool('dockerd', 'docker', 'openssl')

describe.skipIf(missing !== null || !isRoot)('an engine with TLS', { timeout: 90_000 }, () => {
  it('is reached by a context that Docker made, and by DOCKER_CERT_PATH', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-tls-'))
    const certs = join(folder, 'certs')
    mkdirSync(certs)
    const file = (name: string) => join(certs, name)
    const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
    const names = ['-subj', '/CN=engine.test', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')]
    execFileSync('openssl', [...words.split(' '), ...names, ...files], { stdio: 'ignore' })
    execFileSync('cp', [file('cert.pem'), file('ca.pem')])
    const engine = await startEngine(folder, certs)
    onTestFinished(async () => {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const config = join(folder, 'config')
    const tar = join(folder, 'root.tar')
    writeFileSync(tar, rootTar() ?? '')
    const docker = (...more: string[]) =>
      execFileSync('docker', ['--config', config, ...more], { stdio: 'ignore' })
    const endpoint = ['ca', 'cert', 'key'].map((name) => `${name}=${file(`${name}.pem`)}`)
    docker('context', 'create', 'far', '--docker', [`host=${engine.host}`, ...endpoint].join())
    docker('context', 'use', 'far')
    docker('import', tar, IMAGE)

    vi.stubEnv('DOCKER_HOST', '')
    vi.stubEnv('DOCKER_CONFIG', config)
    const program = createDocker({ command: ['cat'], stdin: 'payload', network: 'none' })
    const { run, output } = makeRun()
    expect(await program.run(run)).toMatchObject({ status: 'succeeded' })
    expect(output().stdout.length).toBeGreaterThan(0)
    await program.close?.()

    const answer = async (env: Record<string, string>) => {
      const found = enginePlace({}, { env, home, platform: 'linux' })
      return (await new Engine(found).call({ method: 'GET', path: '/version' })).status
    }
    const byHost = { DOCKER_HOST: engine.host, DOCKER_CERT_PATH: certs }
    expect(await answer(byHost)).toBe(200)
    // The engine's certificate is not one that everybody trusts, and it wants one itself.
    await expect(answer({ DOCKER_HOST: engine.host, DOCKER_TLS_VERIFY: '1' })).rejects.toThrow(
      /SELF_SIGNED/,
    )
    rmSync(file('key.pem'))
    rmSync(file('cert.pem'))
    await expect(answer(byHost)).rejects.toThrow(/cannot be used/)
    // Without TLS, dockerd answers that it wants it.
    expect(await answer({ DOCKER_HOST: engine.host })).toBe(400)
  })
})

/** A second engine of this machine, with nothing of the first one's. */
async function startEngine(folder: string, certs: string) {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  await new Promise((resolve) => probe.close(resolve))
  const host = `tcp://127.0.0.1:${port}`
  const flags = ['ca', 'cert', 'key'].map((name) => `--tls${name === 'ca' ? 'cacert' : name}`)
  const child = spawn(
    'dockerd',
    [
      ...['--bridge=none', '--iptables=false', '--host', host, '--tlsverify'],
      ...flags.flatMap((flag, at) => [
        flag,
        join(certs, ['ca.pem', 'cert.pem', 'key.pem'][at] ?? ''),
      ]),
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'pid')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => {
      log += data
      if (log.includes('API listen on')) resolve()
    })
    child.once('exit', () => reject(new Error(`dockerd has ended:\n${log.slice(-2000)}`)))
  })
  await ready
  return {
    host,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
