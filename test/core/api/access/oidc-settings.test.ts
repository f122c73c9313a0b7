import { describe, expect, it } from 'vitest'
import { ConfigFolder, JSON_CONFIG } from '../../config/config-folder.ts'

const ROLES = { viewer: { groups: ['all'] } }
const CLIENT_SECRET = 'secret-of-the-client'

describe('admin.oidc', () => {
  const valid = { issuer: 'https://login.example.com', clientId: 'a', roles: ROLES }
  const withOidc = (oidc: object) => new ConfigFolder({ [JSON_CONFIG]: { admin: { oidc } } })

  it('hides the secret of the client', async () => {
    const clientSecret = { env: 'OF_THE_CLIENT' }
    const options = { env: { OF_THE_CLIENT: CLIENT_SECRET } }
    const { secrets } = await withOidc({ ...valid, clientSecret }).load(options)
    expect(secrets).toContain(CLIENT_SECRET)
    const error = await withOidc({ ...valid, issuer: 'x', clientSecret: ['s3cret'] }).fault()
    expect(JSON.stringify(error.fields)).not.toContain('s3cret')
  })

  it.each<[string, object, string]>([
    ['a provider without https', { issuer: 'http://login.example.com' }, 'issuer'],
    ['another path to come back to', { redirectUrl: 'https://a.example/back' }, 'redirectUrl'],
    ['nobody to let in', { roles: {} }, 'roles'],
    ['a role that there is not', { roles: { root: { groups: ['a'] } } }, 'roles'],
  ])('refuses %s', async (_, given, path) => {
    const [fault = ''] = await withOidc({ ...valid, ...given }).faults()
    expect(fault).toContain(`admin.oidc.${path}`)
  })
})
