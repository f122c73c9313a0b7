import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { MAX_STOP_SECONDS, readCompose } from './compose-file.ts'

const top = join(import.meta.dirname, '../../..')
const read = (file: string) => readFileSync(join(top, file), 'utf8')
const dockerfile = read('Dockerfile')
const compose = readCompose()

/** Answers the exit code of the image's health check, carried out here. */
function healthCheck(port: number): Promise<number> {
  const [program, ...words] = JSON.parse(
    /^HEALTHCHECK (?:.*\\\n\s*)?CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]',
  ) as string[]
  expect(program).toBe('node')
  return new Promise((resolve) => {
    const env = { ...process.env, PORT: String(port) }
    const child = execFile(process.execPath, words, { env }, () => resolve(child.exitCode ?? -1))
  })
}

describe('Dockerfile', () => {
  it.each([
    [200, 0],
    [503, 1],
    [404, 1],
  ])('takes a service that answers %i for one with health %i', async (status, code) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? status : 404).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    expect(await healthCheck(port)).toBe(code)
    server.close()
    expect(await healthCheck(port)).toBe(1)
  })

  it('copies only what is there, and is let through', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, from = '']) =>
      from.split(' '),
    )
    expect(copied.length).toBeGreaterThan(4)
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path)
    expect(copied.toSorted()).toEqual(allowed.toSorted())
    expect(copied.filter((path) => !existsSync(join(top, path)))).toEqual([])
  })

  it('runs as a user that is not root, by number', () => {
    expect(dockerfile).toMatch(/^USER 10001:10001$/m)
  })
})

describe('compose.yaml', () => {
  it('has two receivers, three workers, a proxy and a database', () => {
    const { services } = compose
    expect(Object.keys(services)).toEqual([
      ...['postgres', 'receiver-1', 'receiver-2', 'worker', 'proxy'],
    ])
    expect(services['receiver-1']?.command).toEqual(['start', '--role', 'receive'])
    expect(services['receiver-2']).toEqual(services['receiver-1'])
    expect(services['worker']).toMatchObject({
      command: ['start', '--role', 'work'],
      deploy: { replicas: 3 },
    })
  })

  it('asks for the variables of example.env, and no others', () => {
    const asked = [...read('docs/deploy/compose.yaml').matchAll(/\$\{(\w+):\?/g)]
    const given = [...read('docs/deploy/example.env').matchAll(/^(\w+)=/gm)]
    const names = (matches: readonly RegExpMatchArray[]) =>
      [...new Set(matches.map(([, name]) => name))].toSorted()
    expect(names(given)).toEqual(names(asked))
  })

  it('lets nodes neither write nor rise, and waits for their programs', () => {
    for (const name of ['receiver-1', 'worker']) {
      expect(compose.services[name]).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
      const grace = Number.parseInt(String(compose.services[name]?.['stop_grace_period']), 10)
      expect(grace).toBeGreaterThan(MAX_STOP_SECONDS)
    }
  })

  it('mounts only files that are there', () => {
    const mounted = Object.values(compose.services)
      .flatMap(({ volumes }) => volumes ?? [])
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':')[0] ?? '')
    expect(mounted).toContain('./nginx.conf')
    expect(mounted.filter((file) => !existsSync(join(top, 'docs/deploy', file)))).toEqual([])
  })
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: Readonly<Record<string, unknown>>
}

const manifests = parseAllDocuments(read('docs/deploy/kubernetes.yaml')).map((document) => {
  expect(document.errors).toEqual([])
  return document.toJS() as Manifest
})
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)

describe('kubernetes.yaml', () => {
  const pod = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10_001 },
    containers: [
      {
        image: 'hookline',
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
        livenessProbe: { httpGet: { path: '/healthz' } },
      },
    ],
  }

  it('runs receivers and workers that select themselves, confined', () => {
    const deployments = ofKind('Deployment')
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual([
      ...['hookline-receive', 'hookline-work'],
    ])
    for (const { spec } of deployments) {
      const { selector, template } = spec as {
        selector: { matchLabels: object }
        template: {
          metadata: { labels: object }
          spec: { terminationGracePeriodSeconds: number }
        }
      }
      expect(template.metadata.labels).toEqual(selector.matchLabels)
      expect(template.spec).toMatchObject(pod)
      expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(MAX_STOP_SECONDS)
    }
  })

  it('publishes webhooks alone, and sends them to receivers', () => {
    const [ingress] = ofKind('Ingress')
    expect(ingress?.spec?.['rules']).toMatchObject([
      { http: { paths: [{ path: '/api/webhooks/', pathType: 'Prefix' }] } },
    ])
    const [service] = ofKind('Service')
    expect(service?.spec).toMatchObject({ selector: { app: 'hookline', role: 'receive' } })
  })

  it('grows with a figure that there is', () => {
    const [autoscaler] = ofKind('HorizontalPodAutoscaler')
    const name = 'hookline_queue_oldest_seconds'
    expect(autoscaler?.spec).toMatchObject({
      scaleTargetRef: { name: 'hookline-work' },
      metrics: [{ external: { metric: { name } } }],
    })
    expect(read('docs/observe.md')).toContain(name)
    expect(read('docs/deploy.md')).toContain(name)
  })

  it('takes its config from files that are there', () => {
    const { resources, configMapGenerator } = parse(read('docs/deploy/kustomization.yaml')) as {
      resources: string[]
      configMapGenerator: { name: string; files: string[] }[]
    }
    expect(configMapGenerator).toMatchObject([{ name: 'hookline-config' }])
    for (const file of [...resources, ...(configMapGenerator[0]?.files ?? [])]) {
      expect(existsSync(join(top, 'docs/deploy', file))).toBe(true)
    }
  })
})
