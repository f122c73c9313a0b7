import { describe, expect, it } from 'vitest'
import { isSecretHeader, isSecretVariable } from '../../../core/redaction/secret-names.ts'

describe('a header', () => {
  it.each([
    'authorization',
    'proxy-authorization',
    'x-original-authorization',
    'cookie',
    'set-cookie',
    'x-auth-token',
    'x-api-key',
    'apikey',
    'x-rapidapi-key',
    'x-auth',
    'x-auth-key',
    'x-access-token',
    'x-webhook-secret',
    'x-hook-secret',
    'x-shared-key',
    'x-functions-key',
    'x-password',
    'x-amz-security-token',
    'x-goog-channel-token',
    'cf-access-jwt-assertion',
    'cf-access-client-secret',
    'x-client-credentials',
  ])('named %s is masked', (name) => {
    expect(isSecretHeader(name)).toBe(true)
  })

  it.each([
    'x-hub-signature-256',
    'x-twilio-email-event-webhook-signature',
    'x-token-signature',
    'x-auth-hmac',
    'content-digest',
    'i-twilio-idempotency-token',
    'idempotency-key',
    'x-event-key',
    'x-routing-key',
    'x-author',
    'x-authority',
    'paypal-auth-algo',
    'paypal-auth-version',
    'www-authenticate',
    'x-github-delivery',
    'content-type',
  ])('named %s is kept', (name) => {
    expect(isSecretHeader(name)).toBe(false)
  })
})

describe('a variable', () => {
  it.each([
    'DEPLOY_TOKEN',
    'GITHUB_SECRET',
    'DB_PASSWORD',
    'API_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'token2',
    'TOKEN_OLD',
  ])('named %s holds a secret', (name) => {
    expect(isSecretVariable(name)).toBe(true)
  })

  it.each([
    'TOKEN_HEADER',
    'MAX_TOKENS',
    'USE_AUTH',
    'NODE_NAME',
    'PUBLIC_KEY',
    'SECRET_ENCODING',
    'KEY',
    'AUTHOR',
    'HOME',
  ])('named %s does not', (name) => {
    expect(isSecretVariable(name)).toBe(false)
  })
})
