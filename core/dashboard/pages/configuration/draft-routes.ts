import type { Hono } from 'hono'
import { ApiProblem } from '../../../api/api-calls.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { layout } from '../../layout.ts'
import { finish } from '../../notices.ts'
import { type DashboardTypes, formOf, type PageContext } from '../../page.ts'
import { type Draft, draftForm, draftReview, pluginChoice, type Review } from './draft.ts'
import {
  apiPartPath,
  apiPlural,
  kindOf,
  type PartKindName,
  type PartView,
  partPath,
  partsOf,
  readConfig,
} from './parts.ts'
import { readDraft } from './read-draft.ts'

const BACKTESTED = 200

/** Forms for a new part and for a managed one. A draft is checked while it is written, and saved on request. */
export function addDraftRoutes(routes: Hono<DashboardTypes>): void {
  for (const path of ['/:kind/new', '/:kind/:name/edit'] as const) {
    routes.get(path, async (context) => {
      const page = context.get('page')
      const kind = kindOf(context.req.param('kind'))
      const draft = await openDraft(page, kind, context.req.param('name' as never) ?? null)
      const text = page.texts.configuration
      const isUnchosen = kind !== 'rules' && draft.use === null
      const body = isUnchosen ? pluginChoice(page, draft) : draftForm(page, draft)
      const title = draft.part?.name ?? text.newKinds[kind]
      return context.html(layout(page, { title, section: 'configuration', body }))
    })

    routes.post(path, async (context) => {
      const page = context.get('page')
      const kind = kindOf(context.req.param('kind'))
      const form = await formOf(context)
      const draft = await openDraft(page, kind, context.req.param('name' as never) ?? null, form)
      const isTrial = form['step'] !== 'save'
      const review = await submit(page, draft, form, isTrial)
      if (isTrial || !review.isRight) return context.html(draftReview(page, draft, review))
      const target = partPath(kind, review.name)
      finish(context, target, 'partSaved')
      if (context.req.header('hx-request') === undefined) return context.redirect(target, 303)
      context.header('HX-Redirect', target)
      return context.body(null, 204)
    })
  }
}

/** What the form starts from: the part, the plugin that was chosen, and the schema of its options. */
async function openDraft(
  page: PageContext,
  kind: PartKindName,
  name: string | null,
  form: Readonly<Record<string, string | undefined>> = {},
): Promise<Draft> {
  if (!page.may('admin')) throw new HooklineError('forbidden', 'Only an admin changes the config')
  const [config, schema, part] = await Promise.all([
    readConfig(page),
    kind === 'rules' ? { $defs: {} } : page.api.get<Draft['schema']>('/api/config/schema'),
    name === null ? null : page.api.get<PartView>(apiPartPath(kind, name)),
  ])
  const query = page.context.req.query()
  const use = part?.use ?? form['use'] ?? query['use'] ?? null
  const programs = partsOf(config, 'programs').map((one) => one.name)
  const sources = partsOf(config, 'sources').map((one) => one.name)
  return { kind, part, use, schema, programs, sources, given: query }
}

/** Saves a draft, or only says what that would do. */
async function submit(
  page: PageContext,
  draft: Draft,
  form: Readonly<Record<string, string | undefined>>,
  isTrial: boolean,
): Promise<Review> {
  const { name, body, faults } = readDraft(page, draft, form)
  const review: Review = {
    name,
    body,
    version: form['version'] ?? null,
    isRight: false,
    faults,
    after: null,
    backtest: null,
  }
  if (faults.length > 0) return review
  try {
    const after = await send(page, draft, review, isTrial)
    const backtest = isTrial && draft.kind === 'rules' ? await backtestOf(page, body) : null
    return { ...review, isRight: true, after, backtest }
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.status >= 500) throw error
    return { ...review, faults: faultsOf(error) }
  }
}

function send(
  { api }: PageContext,
  { kind, part }: Draft,
  { name, body, version }: Review,
  isTrial: boolean,
): Promise<PartView> {
  const search = isTrial ? '?dryRun=true' : ''
  const answer =
    part === null
      ? api.call('POST', `/api/config/${apiPlural(kind)}${search}`, { name, ...body })
      : api.call('PUT', apiPartPath(kind, part.name) + search, body, { 'if-match': `"${version}"` })
  return answer.then((given) => given.json() as Promise<PartView>)
}

function faultsOf({ problem }: ApiProblem): Review['faults'] {
  const { errors } = problem as { readonly errors?: Review['faults'] }
  return errors ?? [{ pointer: null, place: null, message: problem.detail, remedy: problem.remedy }]
}

async function backtestOf({ api }: PageContext, rule: object): Promise<Review['backtest']> {
  const body = { rule, last: BACKTESTED }
  const { valid, counts } = await api.send<BacktestView>('POST', '/api/config/rules/backtest', body)
  return valid ? counts : null
}

interface BacktestView {
  readonly valid: boolean
  readonly counts: NonNullable<Review['backtest']>
}
