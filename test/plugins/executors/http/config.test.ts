import { describe, expect, it } from 'vitest'
import { ConfigFolder } from '../../../core/config/config-folder.ts'

function folder(program: object): ConfigFolder {
  return new ConfigFolder({
    'webhook.config.json': {
      sources: { custom: { use: 'custom', options: { token: 'a-token-of-the-source' } } },
      programs: { call: program },
      rules: [{ on: 'custom', run: 'call' }],
      store: { use: 'sqlite', options: { path: './hookline.db' } },
    },
  })
}

const env = { TOKEN: 'the-bearer-token', KEY: 'the-key-of-secrets', MAIL: 'the-mail-password' }

describe('programs that call and mail, as data in a config file', () => {
  it('know their secrets', async () => {
    const options = {
      url: 'https://example.com/{branch}',
      bearer: { env: 'TOKEN' },
      secrets: { key: { env: 'KEY' } },
      sign: { secret: ['the-signing-secret'] },
      body: { json: { key: '{secret.key}', ids: { cel: 'payload.ids' } } },
    }
    const config = await folder({ use: 'http', options }).load({ env })
    expect(config.secrets).toEqual(
      expect.arrayContaining([env.TOKEN, env.KEY, 'the-signing-secret']),
    )
    const smtp = { host: 'localhost', user: 'ann', password: { env: 'MAIL' } }
    const mail = { smtp, from: 'a@example.com', to: 'b@example.com', subject: 'x', text: 'y' }
    const mailing = await folder({ use: 'email', options: mail }).load({ env })
    expect(mailing.secrets).toContain(env.MAIL)
  })

  it.each<[object, RegExp]>([
    [
      { use: 'http', options: { url: 'http://example.com' } },
      /programs\.call: `url`.*option_invalid/,
    ],
    [
      { use: 'http', options: { url: 'https://127.1/' } },
      /programs\.call: `url` leads to 127\.0\.0\.1/,
    ],
    [
      { use: 'http', options: { url: 'https://example.com', body: { json: { a: '{' } } } },
      /programs\.call: `body\.json\.a`/,
    ],
    [{ use: 'http', options: { url: 'https://example.com', body: 'evnt' } }, /options\.body: /],
    [
      {
        use: 'email',
        options: { smtp: { host: 'h' }, from: 'x', to: 'b@example.com', subject: '', text: '' },
      },
      /programs\.call: `from`/,
    ],
  ])('tell the fault of %j by its place', async (program, message) => {
    expect((await folder(program).fault({ env })).message).toMatch(message)
  })
})
