import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const top = join(import.meta.dirname, '../../..')

/** The programs that need packages which Hookline does not bring, and those packages. */
const PROGRAMS = {
  kubernetes: { options: { image: 'busybox:1' }, packages: ['@kubernetes/client-node'] },
  amqp: { options: { url: 'amqp://localhost', routingKey: 'jobs' }, packages: ['amqplib'] },
  redis: { options: { url: 'redis://localhost', stream: 'hooks' }, packages: ['@redis/client'] },
  nats: {
    options: { url: 'nats://localhost', subject: 'hooks' },
    packages: ['@nats-io/transport-node', '@nats-io/jetstream'],
  },
  bullmq: {
    options: { connection: 'redis://localhost', queue: 'jobs' },
    packages: ['bullmq', '@redis/client'],
  },
  kafka: {
    options: { brokers: ['localhost:9092'], topic: 'hooks' },
    packages: ['@platformatic/kafka'],
  },
  sqs: {
    options: { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q' },
    packages: ['@aws-sdk/client-sqs'],
  },
  sns: {
    options: { topicArn: 'arn:aws:sns:eu-west-1:123456789012:hooks' },
    packages: ['@aws-sdk/client-sns'],
  },
  temporal: {
    options: { address: 'localhost:7233', workflow: 'deploy', taskQueue: 'deploys' },
    packages: ['@temporalio/client'],
  },
}

/** Hookline as it is installed for somebody who uses none of these packages. */
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-packages-'))
  for (const name of ['core', 'plugins', 'package.json']) {
    cpSync(join(top, name), join(folder, name), { recursive: true })
  }
  const left = new Set(Object.values(PROGRAMS).flatMap(({ packages }) => packages))
  const modules = readdirSync(join(top, 'node_modules')).flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(join(top, 'node_modules', name)).map((inner) => `${name}/${inner}`)
      : [name],
  )
  for (const name of modules.filter((one) => !left.has(one))) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(top, 'node_modules', name), link)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('is reported by `hookline check`, and the config is not refused', async () => {
  const programs = Object.fromEntries(
    Object.entries(PROGRAMS).map(([use, { options }]) => [use, { use, options }]),
  )
  writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify({ programs }))
  const { stdout, stderr } = await run(process.execPath, ['core/cli/bin.ts', 'check'], {
    cwd: folder,
  })
  const output = stdout + stderr
  for (const [name, { packages }] of Object.entries(PROGRAMS)) {
    const line = output.split('\n').find((one) => one.includes(`programs.${name}: `))
    expect(line).toContain(packages.length === 1 ? 'is not installed' : 'are not installed')
    expect(line).toContain(`run \`npm install ${packages.join(' ')}\``)
  }
})

it('fails each run, with what to install', async () => {
  const script = `
    import * as executors from './plugins/executors/index.ts'
    import { makeContext, makeRun } from './core/testing/index.ts'
    const outcomes = {}
    for (const [name, { options }] of Object.entries(${JSON.stringify(PROGRAMS)})) {
      const { definition } = executors[name]
      const executor = definition.create(definition.options.parse(options), makeContext())
      outcomes[name] = await executor.run(makeRun().run)
    }
    console.log(JSON.stringify(outcomes))`
  writeFileSync(join(folder, 'run.ts'), script)
  const { stdout } = await run(process.execPath, ['run.ts'], { cwd: folder })
  const outcomes = JSON.parse(stdout)
  for (const [name, { packages }] of Object.entries(PROGRAMS)) {
    expect(outcomes[name].reason).toMatch(/^package_missing: The package/)
    expect(outcomes[name].reason).toContain(`\`npm install ${packages.join(' ')}\``)
    expect(outcomes[name].retryable).toBeUndefined()
  }
})
