import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ExecutorDefinition, RequiredPermissions } from '../../../core/contracts/executor.ts'
import {
  amqp,
  bullmq,
  celery,
  docker,
  http,
  kafka,
  kubernetes,
  nats,
  python,
  redis,
  sns,
  sqs,
  subprocess,
  temporal,
} from '../../../plugins/executors/index.ts'

const NOTHING: RequiredPermissions = {
  runs: [],
  variables: [],
  folders: [],
  isRoot: false,
  refused: [],
}
const place = { baseDir: '/srv/hookline', dataDir: '/srv/hookline/data' }

function permissionsOf(executor: { readonly definition: unknown }, given: object) {
  const definition = executor.definition as ExecutorDefinition
  return definition.permissions?.(z.parse(definition.options, given), place)
}

describe('what a managed subprocess would run', () => {
  const user = { uid: 1000, gid: 1000 }
  it.each([
    { given: { command: ['/opt/a.sh', './b'] }, expected: { runs: ['/opt/a.sh'] } },
    { given: { command: ['./a.sh'] }, expected: { runs: ['/srv/hookline/a.sh'] } },
    { given: { command: ['../../etc/a.sh'] }, expected: { runs: ['/etc/a.sh'] } },
    {
      given: { command: ['/opt/a.sh'], cwd: 'work' },
      expected: { folders: ['/srv/hookline/work'] },
    },
    { given: { command: ['/opt/a.sh'], cwd: '../..' }, expected: { folders: ['/'] } },
    {
      given: {
        command: ['/opt/a.sh'],
        env: { A: 'a' },
        secretEnv: { B: 'b' },
        passEnv: ['PATH', 'C'],
      },
      expected: { variables: ['A', 'B', 'C'] },
    },
    { given: { command: ['/opt/a.sh'] }, expected: { variables: [] } },
  ])('$given is $expected', ({ given, expected }) => {
    expect(permissionsOf(subprocess, { ...user, ...given })).toMatchObject({
      refused: [],
      ...expected,
    })
  })

  it.each(['sh', 'bin/a.sh', 'docker:python:3', '~/a.sh'])(
    'is not looked for in PATH: %s',
    (name) => {
      expect(permissionsOf(subprocess, { ...user, command: [name] })).toMatchObject({
        runs: [],
        refused: [{ path: ['command', 0] }],
      })
    },
  )

  it.runIf(process.getuid?.() === 0)('is root unless it has a user and a group of its own', () => {
    const isRoot = (more: object) => permissionsOf(subprocess, { command: ['/a'], ...more })?.isRoot
    expect(isRoot({})).toBe(true)
    expect(isRoot({ uid: 0, gid: 0, allowRoot: true })).toBe(true)
    expect(isRoot({ uid: 1000, gid: 0 })).toBe(true)
    expect(isRoot(user)).toBe(false)
  })
})

describe('what a managed python program would run', () => {
  const plain = { script: './a.py', uid: 1000, gid: 1000 }

  it('is its script', () => {
    const given = { ...plain, env: { A: 'a' }, cwd: 'work' }
    expect(permissionsOf(python, given)).toEqual({
      ...NOTHING,
      runs: ['/srv/hookline/a.py'],
      variables: ['A'],
      folders: ['/srv/hookline/work'],
    })
  })

  it.each([
    { more: { script: undefined, function: 'os:system' }, refused: ['function'] },
    { more: { interpreter: '/opt/python' }, refused: ['interpreter'] },
    { more: { interpreter: './venv' }, refused: ['interpreter'] },
    { more: { preload: ['antigravity'] }, refused: ['preload'] },
  ])('is refused with $more', ({ more, refused }) => {
    const found = permissionsOf(python, { ...plain, ...more })?.refused
    expect(found?.map(({ path }) => path)).toEqual([refused])
  })
})

describe('what a managed container would run', () => {
  const plain = { image: 'python:3.13', user: '1000:1000' }

  it('is its image', () => {
    expect(permissionsOf(docker, plain)).toEqual({ ...NOTHING, runs: ['docker:python:3.13'] })
  })

  it.each([
    { more: { mounts: [{ source: '.', target: '/a' }] }, refused: 'mounts' },
    { more: { network: 'host' }, refused: 'network' },
    { more: { network: 'bridge' }, refused: 'network' },
    { more: { capAdd: ['SYS_ADMIN'] }, refused: 'capAdd' },
    { more: { socketPath: '/run/other.sock' }, refused: 'socketPath' },
    ...['0', '00', '0:0', '1000:0', 'root', 'nobody', '1000:root'].map((user) => ({
      more: { user },
      refused: 'user',
    })),
    { more: { user: undefined }, refused: 'user' },
  ])('is refused with $more', ({ more, refused }) => {
    const found = permissionsOf(docker, { ...plain, ...more })?.refused
    expect(found?.map(({ path }) => path)).toEqual([[refused]])
  })
})

describe('what a managed Job would run', () => {
  const plain = { image: 'python:3.13', user: '1000:1000' }

  it('is its image', () => {
    const runs = ['kubernetes:python:3.13']
    expect(permissionsOf(kubernetes, plain)).toEqual({ ...NOTHING, runs })
  })

  it.each([
    { more: { kubeconfig: 'config' }, refused: 'kubeconfig' },
    { more: { context: 'other' }, refused: 'context' },
    { more: { namespace: 'kube-system' }, refused: 'namespace' },
    { more: { serviceAccountName: 'admin' }, refused: 'serviceAccountName' },
    { more: { imagePullSecrets: ['other'] }, refused: 'imagePullSecrets' },
    { more: { capAdd: ['SYS_ADMIN'] }, refused: 'capAdd' },
    { more: { nodeSelector: { role: 'master' } }, refused: 'nodeSelector' },
    { more: { tolerations: [{ operator: 'Exists' }] }, refused: 'tolerations' },
    { more: { labels: { app: 'other' } }, refused: 'labels' },
    { more: { annotations: { app: 'other' } }, refused: 'annotations' },
    ...['0', '00:0', '1000:0'].map((user) => ({ more: { user }, refused: 'user' })),
    { more: { user: undefined }, refused: 'user' },
  ])('is refused with $more', ({ more, refused }) => {
    const found = permissionsOf(kubernetes, { ...plain, ...more })?.refused
    expect(found?.map(({ path }) => path)).toEqual([[refused]])
  })
})

describe('the permissions of a managed call', () => {
  it.each([
    { more: {}, refused: [] },
    { more: { allowPrivate: true }, refused: [['allowPrivate']] },
    { more: { allowPrivate: ['10.0.0.1'] }, refused: [['allowPrivate']] },
    { more: { allowPrivate: [] }, refused: [['allowPrivate']] },
  ])('with $more', ({ more, refused }) => {
    const found = permissionsOf(http, { url: 'https://example.com', ...more })
    expect(found?.refused.map(({ path }) => path)).toEqual(refused)
  })
})

describe('what a managed program would publish to', () => {
  it.each([
    {
      executor: amqp,
      given: { url: 'amqps://ann:secret@mq.example.com/hooks', routingKey: 'jobs' },
      runs: ['amqp:mq.example.com:5671'],
    },
    {
      executor: redis,
      given: { url: 'rediss://:secret@cache.example.com:7000/1', stream: 'hooks' },
      runs: ['redis:cache.example.com:7000'],
    },
    {
      executor: bullmq,
      given: { connection: 'rediss://:secret@cache.example.com:7000/1', queue: 'jobs' },
      runs: ['bullmq:cache.example.com:7000'],
    },
    {
      executor: temporal,
      given: { address: 'temporal.example.com:7233', workflow: 'deploy', taskQueue: 'deploys' },
      runs: ['temporal:temporal.example.com:7233/default'],
    },
    {
      executor: kafka,
      given: { brokers: ['k1.example.com:9092'], topic: 'hooks' },
      runs: ['kafka:k1.example.com:9092'],
    },
    {
      executor: nats,
      given: { url: ['nats://n1.example.com', 'nats://n2.example.com'], subject: 'hooks' },
      runs: ['nats:n1.example.com:4222', 'nats:n2.example.com:4222'],
    },
  ])('is $runs', ({ executor, given, runs }) => {
    expect(permissionsOf(executor, given)).toEqual({ ...NOTHING, runs })
  })

  it.each([
    { more: { accessKeyId: 'a', secretAccessKey: 'b' }, refused: [] },
    { more: {}, refused: [['accessKeyId']] },
    {
      more: { accessKeyId: 'a', secretAccessKey: 'b', endpoint: 'http://10.0.0.1' },
      refused: [['endpoint']],
    },
  ])('is a queue or topic of AWS, with keys of its own: $more', ({ more, refused }) => {
    const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/1/q'
    const topicArn = 'arn:aws:sns:eu-west-1:1:hooks'
    for (const [executor, given, run] of [
      [sqs, { queueUrl }, `sqs:${queueUrl}`],
      [sns, { topicArn }, `sns:${topicArn}`],
    ] as const) {
      const found = permissionsOf(executor, { ...given, ...more })
      expect(found?.runs).toEqual([run])
      expect(found?.refused.map(({ path }) => path)).toEqual(refused)
    }
  })
})

describe('what a managed Celery program would hand over', () => {
  const urls = { broker: 'amqp://ann:secret@mq/hooks', backend: 'redis://:secret@cache:7000' }
  const plain = { ...urls, task: 'deploys.run' }

  it('is its task, at its broker', () => {
    const runs = ['celery:mq:deploys.run', 'celery-results:cache:7000']
    expect(permissionsOf(celery, plain)).toEqual({ ...NOTHING, runs })
  })

  it.each([
    { more: { interpreter: './venv' }, refused: 'interpreter' },
    { more: { settings: { result_serializer: 'pickle' } }, refused: 'settings' },
    { more: { serializer: 'pickle' }, refused: 'serializer' },
  ])('is refused with $more', ({ more, refused }) => {
    const found = permissionsOf(celery, { ...plain, ...more })?.refused
    expect(found?.map(({ path }) => path)).toEqual([[refused]])
  })
})
