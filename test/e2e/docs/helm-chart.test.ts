import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import packageJson from '../../../package.json' with { type: 'json' }
import { missingTool } from '../../requirements.ts'

const run = promisify(execFile)
const deploy = join(import.meta.dirname, '../../../docs/deploy')
const read = (file: string) => readFileSync(join(deploy, file), 'utf8')
const CONFIG = ['--set-file', 'config.files.webhook\\.config\\.ts=webhook.config.ts']

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: unknown
  readonly data?: unknown
}

const documents = (text: string) =>
  parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })

async function render(words: readonly string[], release = 'hookline') {
  const { stdout } = await run('helm', ['template', release, 'helm', ...words], { cwd: deploy })
  return documents(stdout)
}

const refusal = (words: readonly string[]) =>
  render(words).then(
    () => 'rendered',
    (error: { stderr: string }) => error.stderr,
  )

const find = (all: readonly Manifest[], kind: string) =>
  all.find((manifest) => manifest.kind === kind)

/** What the two ways have in common: not the namespace, the labels of Helm, and what each does for a changed config. */
function essence({ kind, metadata, spec }: Manifest): object {
  const text = JSON.stringify({ kind, name: metadata.name, spec }, (key, value) => {
    if (key === 'imagePullPolicy' || key === 'annotations') return undefined
    return key === 'image' ? String(value).split(':')[0] : value
  })
  return JSON.parse(text) as object
}

const sorted = (manifests: readonly Manifest[]) =>
  manifests
    .filter(({ kind }) => kind !== 'Namespace' && kind !== 'ConfigMap')
    .toSorted((one, other) =>
      `${one.kind} ${one.metadata.name}`.localeCompare(`${other.kind} ${other.metadata.name}`),
    )
    .map(essence)

describe.skipIf(missingTool('helm') !== null)('the Helm chart', () => {
  it('passes the checks of Helm, and has the version of the package', async () => {
    const { stdout } = await run('helm', ['lint', 'helm', '--strict', ...CONFIG], { cwd: deploy })
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed')
    const { version } = packageJson
    expect(parse(read('helm/Chart.yaml'))).toMatchObject({ version, appVersion: version })
  })

  it('makes the same as kubernetes.yaml by default', async () => {
    const rendered = await render(CONFIG)
    expect(sorted(rendered)).toEqual(sorted(documents(read('kubernetes.yaml'))))
    expect(find(rendered, 'ConfigMap')?.data).toEqual({
      'webhook.config.ts': read('webhook.config.ts'),
    })
    const text = JSON.stringify(find(rendered, 'Deployment'))
    expect(text).toContain(`"image":"hookline:${packageJson.version}"`)
  })

  it('restarts the pods when the config changes, and only then', async () => {
    const sum = async (content: string) =>
      JSON.stringify(await render(['--set', `config.files.a=${content}`])).match(
        /"checksum\/config":"\w{64}"/,
      )?.[0]
    expect(await sum('x')).toBe(await sum('x'))
    expect(await sum('x')).not.toBe(await sum('y'))
  })

  it('follows its values', async () => {
    const words = [
      ...['image.repository=registry.example/team/hooks', 'image.tag=v2', 'secret=mine'],
      ...['config.existingConfigMap=ours', 'work.autoscaling.enabled=false', 'work.replicas=5'],
      ...['work.serviceAccountName=jobs', 'receive.minAvailable=null', 'ingress.enabled=false'],
      ...['serviceMonitor.enabled=true', 'work.env[0].name=A', 'work.env[0].value=b'],
      'imagePullSecrets[0].name=pull',
    ].flatMap((word) => ['--set', word])
    const rendered = await render(words, 'team')
    expect(rendered.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      ...['Deployment team-hookline-receive', 'Deployment team-hookline-work'],
      ...['Service team-hookline-metrics', 'Service team-hookline-receive'],
      'ServiceMonitor team-hookline',
    ])
    const work = rendered.find(({ metadata }) => metadata.name === 'team-hookline-work')
    expect(work?.spec).toMatchObject({
      replicas: 5,
      template: {
        spec: {
          automountServiceAccountToken: true,
          serviceAccountName: 'jobs',
          imagePullSecrets: [{ name: 'pull' }],
          containers: [
            {
              image: 'registry.example/team/hooks:v2',
              envFrom: [{ secretRef: { name: 'mine' } }],
              env: [{ name: 'A', value: 'b' }],
            },
          ],
          volumes: [{ configMap: { name: 'ours' } }, {}, {}],
        },
      },
    })
    expect(find(rendered, 'ServiceMonitor')?.spec).toMatchObject({
      selector: { matchLabels: { app: 'team-hookline', role: 'metrics' } },
      endpoints: [{ port: 'http', path: '/metrics', authorization: {} }],
    })
    const metrics = rendered.find(({ metadata }) => metadata.name === 'team-hookline-metrics')
    expect(metrics).toMatchObject({
      metadata: { labels: { app: 'team-hookline', role: 'metrics' } },
      spec: { selector: { app: 'team-hookline' }, ports: [{ name: 'http' }] },
    })
  })

  it('refuses a value that it does not know, and to start without a config', async () => {
    expect(await refusal([...CONFIG, '--set', 'recieve.replicas=2'])).toContain("'recieve'")
    expect(await refusal([...CONFIG, '--set', 'receive.replicas=0'])).toContain('replicas')
    expect(await refusal([])).toContain('There is no config. Give it with --set-file')
  })
})
