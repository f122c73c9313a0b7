import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sns, sqs } from 'hookline/executors'
import { makeContext, makeRun } from 'hookline/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

/** What arrived, and what is answered. The emulator checks no signature and has no bad days. */
let server: Server
let origin: string
let seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[]
let answer: (response: ServerResponse, body: string) => void

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    seen.push({ headers: request.headers, body })
    answer(response, body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  seen = []
  answer = accept
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

function accept(response: ServerResponse, body: string): void {
  const { MessageBody } = JSON.parse(body)
  const md5 = createHash('md5').update(MessageBody).digest('hex')
  answerJson(response, 200, { MessageId: 'm-1', MD5OfMessageBody: md5 })
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify(body))
}

const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-to-be-shown' }
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/hooks'

function createSqs(more: object = {}) {
  const { definition } = sqs
  const usual = { queueUrl: `${origin}/1/hooks`, region: 'eu-north-1', ...KEYS }
  return definition.create(definition.options.strict().parse({ ...usual, ...more }), makeContext())
}

describe('a call of AWS', () => {
  it('is signed for the region and the service', async () => {
    const executor = createSqs({ sessionToken: 'temporary' })
    expect(await executor.run(makeRun().run)).toMatchObject({ status: 'succeeded' })
    await executor.close?.()
    const [request] = seen
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'AmazonSQS.SendMessage',
      'x-amz-security-token': 'temporary',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-north-1\/sqs\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/,
      ),
    })
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ QueueUrl: `${origin}/1/hooks` })
  })

  it.each([
    [400, 'com.amazonaws.sqs#QueueDoesNotExist', /^target_missing: /, undefined],
    [403, 'AccessDeniedException', /^broker_access_refused: .* does not let/, undefined],
    [403, 'InvalidClientTokenId', /^broker_access_refused: .* refuses the credentials/, false],
    [403, 'SignatureDoesNotMatch', /^broker_access_refused: .* refuses the credentials/, false],
    [403, 'ExpiredToken', /^broker_access_refused: There are no valid credentials/, true],
    [400, 'RequestThrottled', /^broker_full: /, true],
    [400, 'com.amazonaws.sqs#InvalidMessageContents', /^message_refused: /, false],
    [400, 'SomethingNew', /^message_refused: SQS answered 400 \(SomethingNew\)/, undefined],
    [503, 'ServiceUnavailable', /^message_unconfirmed: SQS answered 503/, true],
  ])('that is answered %s %s', async (status, type, why, retryable) => {
    answer = (response) => answerJson(response, status, { __type: type, message: 'no' })
    const executor = createSqs()
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(why) })
    expect('retryable' in outcome ? outcome.retryable : undefined).toBe(retryable)
    // Hookline tries again, not the client.
    expect(seen).toHaveLength(1)
  })

  it('may be taken without an answer', async () => {
    const executor = createSqs({ confirmSeconds: 1 })
    answer = (response) => response.destroy()
    expect(await executor.run(makeRun().run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^message_unconfirmed: .*: ECONNRESET/),
    })
    answer = () => {}
    expect(await executor.run(makeRun().run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^message_unconfirmed: .* within 1 s/),
    })
    const stopped = makeRun()
    const run = executor.run(stopped.run)
    stopped.abort('cancelled')
    expect(await run).toEqual({ status: 'failed', reason: 'stopped: cancelled' })
    answer = accept
    expect(await executor.run(makeRun().run)).toMatchObject({ status: 'succeeded' })
    await executor.close?.()
    expect(
      await createSqs({ queueUrl: 'http://127.0.0.1:1/1/q' }).run(makeRun().run),
    ).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: .* ECONNREFUSED/),
    })
  })

  it('of SNS is understood in its own form', async () => {
    const { definition } = sns
    const options = {
      topicArn: 'arn:aws:sns:eu-west-1:123456789012:hooks',
      endpoint: origin,
      ...KEYS,
    }
    const executor = definition.create(definition.options.parse(options), makeContext())
    answer = (response) => {
      const error =
        '<Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error>'
      response.writeHead(403, { 'content-type': 'text/xml' })
      response.end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`)
    }
    expect(await executor.run(makeRun().run)).toMatchObject({
      reason: expect.stringMatching(/^broker_access_refused: .* Allow sns:Publish/),
    })
    await executor.close?.()
    expect(seen[0]?.headers.authorization).toContain('/eu-west-1/sns/aws4_request')
    expect(seen[0]?.body).toContain('Action=Publish')
  })

  it('goes to the region of the queue', async () => {
    const executor = createSqs({ queueUrl: QUEUE, region: undefined, endpoint: origin })
    await executor.run(makeRun().run)
    await executor.close?.()
    expect(seen[0]?.headers.authorization).toContain('/eu-central-1/sqs/')
  })
})
