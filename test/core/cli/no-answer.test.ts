import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ApiClient, askService } from '../../../core/cli/api-client.ts'
import { isHooklineError } from '../../../core/errors/errors.ts'
import { missingTool } from '../../requirements.ts'
import { emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
  remove()
})

async function portOf(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The message and the remedy for an address that gives no answer. */
async function faultOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.catch((thrown: unknown) => thrown)
  if (!isHooklineError(error) || error.code !== 'service_unreachable') throw error
  return `${error.message} / ${error.remedy}`
}

/** Those of both ways to ask. */
function faultsOf(url: string): Promise<readonly string[]> {
  const client = new ApiClient({ url, token: () => 'secret' })
  return Promise.all([client.stream('/', AbortSignal.timeout(1000)), client.get('/')].map(faultOf))
}

/** A certificate that nobody has signed but its own key. */
function certificate() {
  const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => join(folder, name))
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...words, ...names], { stdio: 'pipe' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

describe('an address without an answer', () => {
  it('is told from its reason: nothing listens', async () => {
    const server = createServer()
    const port = await portOf(server)
    server.close()
    const fault = `http://127.0.0.1:${port} does not answer: connection refused: nothing listens there (ECONNREFUSED) / Start the service with \`hookline start\`, or name it with --url.`
    expect(await faultsOf(`http://127.0.0.1:${port}`)).toEqual([fault, fault])
  })

  it('a name that nobody knows', async () => {
    for (const fault of await faultsOf('http://nobody.invalid')) {
      expect(fault).toMatch(/its name .*Check the name in --url/)
    }
  })

  it('an end without an answer', async () => {
    const port = await portOf(createServer((socket) => socket.destroy()))
    for (const fault of await faultsOf(`http://127.0.0.1:${port}`)) {
      expect(fault).toMatch(/closed without an answer \((ECONNRESET|UND_ERR_SOCKET)\).*Try again/)
    }
  })

  it('no end', async () => {
    const port = await portOf(createServer())
    const asked = { method: 'GET', headers: {}, seconds: 1 }
    const fault = await faultOf(askService(`http://127.0.0.1:${port}`, asked))
    expect(fault).toMatch(/no answer within 1 s.*hangs/)
  })

  it('no TLS', async () => {
    const port = await portOf(createHttp((_, response) => response.end()))
    for (const fault of await faultsOf(`https://127.0.0.1:${port}`)) {
      expect(fault).toMatch(/does not speak TLS.*http:\/\//)
    }
  })

  it.skipIf(missingTool('openssl'))('a certificate of its own', async () => {
    const port = await portOf(createHttps(certificate(), (_, response) => response.end()))
    for (const fault of await faultsOf(`https://localhost:${port}`)) {
      expect(fault).toMatch(
        /its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/,
      )
    }
  })
})
