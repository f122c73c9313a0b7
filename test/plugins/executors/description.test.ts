import { expect, it } from 'vitest'
import { z } from 'zod'
import type { ExecutorDefinition } from '../../../core/contracts/executor.ts'
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

const env = { STAGE: 'value' }
const secretEnv = { KEY: 'a secret of this test' }

it.each([
  [
    subprocess,
    { command: ['./a.sh', '--fast'], env, secretEnv, passEnv: [] },
    { command: ['./a.sh', '--fast'], variables: ['STAGE', 'KEY'] },
  ],
  [
    python,
    { interpreter: 'python3', script: 'a.py', args: ['x'], env, passEnv: [] },
    { command: ['python3', 'a.py', 'x'], variables: ['STAGE'] },
  ],
  [
    python,
    { interpreter: 'python3', function: 'jobs:run', passEnv: [] },
    { command: ['python3', 'jobs:run'], variables: [] },
  ],
  [
    docker,
    { image: 'alpine:3', command: ['ls', '/'], env, secretEnv },
    { command: ['docker', 'run', 'alpine:3', 'ls', '/'], variables: ['STAGE', 'KEY'] },
  ],
  [
    kubernetes,
    { image: 'alpine:3', command: ['ls'], args: ['/'], env, secretEnv },
    { command: ['kubernetes', 'job', 'alpine:3', 'ls', '/'], variables: ['STAGE', 'KEY'] },
  ],
  [
    http,
    { url: 'https://example.com/{secret.path}', secrets: { path: 'a secret of this test' } },
    { command: ['POST', 'https://example.com/{secret.path}'], variables: [] },
  ],
  [
    amqp,
    { url: 'amqp://ann:secret@mq', exchange: 'hooks', routingKey: '{branch}' },
    { command: ['amqp', 'mq:5672', 'hooks', '{branch}'], variables: [] },
  ],
  [
    redis,
    { url: 'redis://:secret@cache', stream: 'hooks' },
    { command: ['redis', 'cache:6379', 'XADD', 'hooks'], variables: [] },
  ],
  [
    nats,
    { url: ['tls://a:secret@n1', 'tls://n2:5000'], subject: { cel: 'event.type' } },
    { command: ['nats', 'n1:4222', 'n2:5000', 'event.type'], variables: [] },
  ],
  [
    bullmq,
    { connection: 'redis://:secret@cache', queue: 'deploys', jobName: 'deploy' },
    { command: ['bullmq', 'cache:6379', 'deploys', 'deploy'], variables: [] },
  ],
  [
    temporal,
    { address: 'temporal:7233', workflow: 'deploy', taskQueue: 'deploys', apiKey: 'secret' },
    { command: ['temporal', 'temporal:7233', 'default', 'deploys', 'deploy'], variables: [] },
  ],
  [
    kafka,
    { brokers: ['k1:9092', 'k2:9092'], topic: 'hooks' },
    { command: ['kafka', 'k1:9092', 'k2:9092', 'hooks'], variables: [] },
  ],
  [
    sqs,
    { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q' },
    { command: ['sqs', 'https://sqs.eu-west-1.amazonaws.com/1/q'], variables: [] },
  ],
  [
    sns,
    { topicArn: 'arn:aws:sns:eu-west-1:1:hooks' },
    { command: ['sns', 'arn:aws:sns:eu-west-1:1:hooks'], variables: [] },
  ],
  [
    celery,
    { broker: 'redis://:secret@cache:6379/0', backend: 'db+sqlite:///r.db', task: 'deploys.run' },
    { command: ['celery', 'cache:6379', 'deploys.run'], variables: [] },
  ],
])('%# says what a program runs, without values of variables', (executor, given, expected) => {
  const definition: ExecutorDefinition = executor.definition as unknown as ExecutorDefinition
  const options = z.parse(definition.options, given)
  expect(definition.describe?.(options, { baseDir: '/srv' })).toEqual(expected)
})
