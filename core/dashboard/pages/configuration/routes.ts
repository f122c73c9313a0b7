import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { ProgramView } from '../../../api/programs/views.ts'
import type { AuditEntry } from '../../../contracts/document.ts'
import { PAUSE_KINDS } from '../../../contracts/pause.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { parseKeepingDigits } from '../../../kit/exact-json.ts'
import { layout } from '../../layout.ts'
import { finish } from '../../notices.ts'
import { type DashboardTypes, formOf, type PageContext } from '../../page.ts'
import { live } from '../../parts/live.ts'
import { addCaseRoutes } from './cases.ts'
import { addDraftRoutes } from './draft-routes.ts'
import { configurationList } from './list.ts'
import { type PartShown, partActions, partDetail } from './part.ts'
import {
  apiPartPath,
  kindOf,
  type PartKindName,
  type PartView,
  partPath,
  readConfig,
} from './parts.ts'
import { pauseOf, pausePath, targetOf } from './pauses.ts'

const HISTORY_SHOWN = 20
const AUDIT_WORDS = { sources: 'webhook', programs: 'program', rules: 'rule' } as const
const PARAM = 'param.'

/** `/configuration`: the parts in force, and drafts of managed ones. */
export function configurationPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => {
    const page = context.get('page')
    const [config, pauses] = await Promise.all([readConfig(page), pausesOf(page)])
    const list = configurationList(page, { config, pauses })
    const body = live(page, 'configuration', ['config', 'pause'], list)
    const { title } = page.texts.configuration
    const beside = html`<a class="button" href="/configuration/cases">${page.texts.cases.title}</a>`
    return context.html(layout(page, { title, section: 'configuration', beside, body }))
  })
  addCaseRoutes(routes)
  addDraftRoutes(routes)

  routes.get('/:kind/:name', async (context) => {
    const page = context.get('page')
    const shown = await readPart(page, kindOf(context.req.param('kind')), context.req.param('name'))
    const { title } = page.texts.configuration
    return context.html(
      layout(page, {
        title: shown.part.name,
        section: 'configuration',
        above: html`<a href="/configuration#${shown.kind}">${title}</a> / ${page.texts.configuration[shown.kind]}`,
        beside: partActions(page, shown),
        body: live(page, 'part', ['config', 'pause'], partDetail(page, shown)),
      }),
    )
  })

  routes.post('/:kind/:name/pause', async (context) => {
    const { kind, name } = partOf(context)
    await context.get('page').api.send('PUT', pausePath(targetOf(kind, name)), {})
    return finish(context, partPath(kind, name), 'paused')
  })

  routes.post('/:kind/:name/resume', async (context) => {
    const { kind, name } = partOf(context)
    await context.get('page').api.send('DELETE', pausePath(targetOf(kind, name)))
    return finish(context, partPath(kind, name), 'resumed')
  })

  routes.post('/resume', async (context) => {
    const { kind = '', name = '' } = await formOf(context)
    const target = { kind: PAUSE_KINDS.find((one) => one === kind) ?? 'rule', name }
    await context.get('page').api.send('DELETE', pausePath(target))
    return finish(context, '/configuration', 'resumed')
  })

  routes.post('/:kind/:name/delete', async (context) => {
    const { kind, name } = partOf(context)
    const { version = '' } = await formOf(context)
    const headers = { 'if-match': `"${version}"` }
    await context.get('page').api.call('DELETE', apiPartPath(kind, name), undefined, headers)
    return finish(context, `/configuration#${kind}`, 'partDeleted')
  })

  routes.post('/programs/:name/run', async (context) => {
    const page = context.get('page')
    const name = context.req.param('name')
    const form = await formOf(context)
    const params = Object.entries(form)
      .filter(([key, value]) => key.startsWith(PARAM) && value !== '')
      .map(([key, value]) => [key.slice(PARAM.length), value])
    const event = { type: form['type'] || 'run', payload: payloadOf(form['payload']) }
    const path = `/api/programs/${encodeURIComponent(name)}/run`
    const body = { event, params: Object.fromEntries(params) }
    const { task } = await page.api.send<{ task: string }>('POST', path, body)
    return finish(context, `/tasks/${task}`, 'programRun')
  })
  return routes
}

function partOf(context: Context<DashboardTypes>): { kind: PartKindName; name: string } {
  return { kind: kindOf(context.req.param('kind')), name: context.req.param('name') ?? '' }
}

async function readPart(page: PageContext, kind: PartKindName, name: string): Promise<PartShown> {
  const { api } = page
  const audit = { tail: 'true', target: name, action: `config.${AUDIT_WORDS[kind]}` }
  const [part, pauses, history, program] = await Promise.all([
    api.get<PartView>(apiPartPath(kind, name)),
    pausesOf(page),
    page.may('admin')
      ? api.get<{ entries: AuditEntry[] }>('/api/audit', { ...audit, limit: HISTORY_SHOWN })
      : null,
    kind === 'programs' ? api.get<ProgramView>(`/api/programs/${encodeURIComponent(name)}`) : null,
  ])
  const own = history?.entries.filter(({ target }) => target === name) ?? null
  return { kind, part, pause: pauseOf(pauses, kind, name), history: own, program }
}

async function pausesOf({ api }: PageContext): Promise<readonly PauseView[]> {
  return (await api.get<{ pauses: readonly PauseView[] }>('/api/pauses')).pauses
}

function payloadOf(text = ''): unknown {
  try {
    return text.trim() === '' ? {} : parseKeepingDigits(text)
  } catch (cause) {
    throw new HooklineError('request_invalid', 'The payload is not JSON', { cause })
  }
}
