import { openSqlite } from '../../../plugins/stores/sqlite/open-sqlite.ts'
import { ConfigFolder, JSON_CONFIG } from '../../config/config-folder.ts'
import { openConfigApp } from '../config/app.ts'

export const SECRET = 'github-secret-of-this-test'

export const TRIAL_CONFIG = {
  sources: {
    github: { use: 'github', options: { secret: SECRET } },
    custom: { use: 'custom', options: { token: 'custom-token-of-this-test' } },
  },
  programs: { deploy: { use: 'subprocess', options: { command: ['/bin/true'], uid: 1, gid: 1 } } },
}

/** A node that receives pushes of GitHub and events of `custom`, and its API. */
export async function openTrial(rules: readonly object[], more: object = {}) {
  const folder = new ConfigFolder({ [JSON_CONFIG]: { ...TRIAL_CONFIG, rules, ...more } })
  const store = await openSqlite()
  const opened = await openConfigApp(folder, store)
  const { app, call, live } = opened
  /** Receives a push to a branch, and gives the ids of its delivery and event. */
  const push = async (branch: string, payload: object = {}) => {
    const source = live.current.sources.get('github')
    const body = new TextEncoder().encode(
      JSON.stringify({
        ...{ ref: `refs/heads/${branch}`, repository: { full_name: 'a/b' } },
        ...{ pusher: { name: 'mona' }, commits: [], ...payload },
      }),
    )
    const draft = { event: 'push', id: crypto.randomUUID(), body, url: '', sentAt: new Date() }
    return deliver('github', body, source?.instance.sign?.(draft) ?? {})
  }
  /** Receives an event of `custom`. */
  const send = (body: object) =>
    deliver('custom', new TextEncoder().encode(JSON.stringify(body)), {
      'x-webhook-token': 'custom-token-of-this-test',
    })
  const deliver = async (
    source: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
  ) => {
    const response = await app.request(`/api/webhooks/${source}`, {
      ...{ method: 'POST', body },
      headers: { 'content-type': 'application/json', ...headers },
    })
    const answer = await response.json()
    if (response.status !== 202) throw new Error(JSON.stringify(answer))
    return answer as { readonly delivery: string; readonly event: string }
  }
  const token = async (role: string) => {
    const { body } = await call('POST', '/api/tokens', { body: { name: `a-${role}`, role } })
    return String(body.token)
  }
  return { ...opened, folder, store, push, send, token }
}
