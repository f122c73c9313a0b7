import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ApiCalls, ApiProblem } from '../../api/api-calls.ts'
import type { Problem } from '../../api/http/problem.ts'
import { HooklineError } from '../../errors/errors.ts'
import { languageOf } from '../language.ts'
import { plainDocument } from '../layout.ts'
import { type DashboardApp, type DashboardTypes, formOf, type Html } from '../page.ts'
import { facts } from '../parts/table.ts'
import { timeAt } from '../parts/text.ts'
import { TEXTS, type Texts } from '../texts/texts.ts'

/** Nothing runs on this page. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')
/** Where a browser says that its user clicked, or followed no link at all. */
const OWN_SITES: readonly (string | undefined)[] = [undefined, 'same-origin', 'none']

type Text = Texts['approve']

interface ShownLink {
  readonly task: string
  readonly program: string
  readonly rule: string
  readonly by: readonly string[]
  readonly until: string
  readonly event: {
    readonly source: string
    readonly type: string
    readonly facts: Readonly<Record<string, unknown>>
  }
}

/** `/approve/TASK/TOKEN`: where a signed link leads. Only its POST decides: previews of links send a GET. */
export function approvePage(app: DashboardApp): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.use(async (context, next) => {
    context.header('Content-Security-Policy', CONTENT_POLICY)
    context.header('Referrer-Policy', 'no-referrer')
    await next()
  })

  routes.get('/:task/:token', (context) =>
    answer(context, async (texts) => {
      const path = '/api/approval-links/show'
      const shown = await new ApiCalls(app, context).send<ShownLink>('POST', path, proofOf(context))
      return { title: texts.approve.title, content: form(shown, texts) }
    }),
  )

  routes.post('/:task/:token', (context) =>
    answer(context, async ({ approve: text }) => {
      if (!OWN_SITES.includes(context.req.header('sec-fetch-site'))) {
        throw new HooklineError('csrf_refused', 'The form comes from another site')
      }
      const { decision } = await formOf(context)
      const body = { ...proofOf(context), decision }
      await new ApiCalls(app, context).call('POST', '/api/approval-links/decide', body)
      const isApproved = decision === 'approved'
      return said(
        isApproved ? text.approved : text.rejected,
        isApproved ? text.approvedHint : text.rejectedHint,
      )
    }),
  )
  // A link that was cut short.
  routes.get('*', (context) =>
    answer(context, async ({ approve: text }) => {
      context.status(404)
      return said(text.unknown, text.unknownHint)
    }),
  )
  return routes
}

function proofOf(context: Context<DashboardTypes>) {
  return { task: context.req.param('task') ?? '', token: context.req.param('token') ?? '' }
}

interface Drawn {
  readonly title: string
  readonly content: Html
}

async function answer(
  context: Context<DashboardTypes>,
  draw: (texts: Texts) => Promise<Drawn>,
): Promise<Response> {
  const language = languageOf(context)
  const texts = TEXTS[language]
  const { title, content } = await draw(texts).catch((error) => refusal(context, error, texts))
  const next = context.req.path
  return context.html(plainDocument(texts, language, title, content, { next, hasScripts: false }))
}

/** The page for a link that decides nothing. Throws what says nothing about the link. */
function refusal(context: Context, error: unknown, { approve: text }: Texts): Drawn {
  if (!(error instanceof ApiProblem)) throw error
  // What the API cannot read was not made here either.
  const status = error.problem.status === 400 ? 404 : error.problem.status
  const [title, hint] = refusalText({ ...error.problem, status }, text) ?? []
  if (title === undefined || hint === undefined) throw error
  context.status(status as ContentfulStatusCode)
  return said(title, hint)
}

function refusalText(
  { status, code }: Pick<Problem, 'status' | 'code'>,
  text: Text,
): readonly [string, string] | null {
  if (code === 'approval_rule_gone') return [text.ruleGone, text.ruleGoneHint]
  if (code === 'approval_link_off') return [text.off, text.offHint]
  // A forged link, and one whose task was deleted.
  if (status === 404) return [text.unknown, text.unknownHint]
  if (status === 409) return [text.used, text.usedHint]
  return status === 410 ? [text.expired, text.expiredHint] : null
}

function said(title: string, hint: string): Drawn {
  return {
    title,
    content: html`<section class="card stack" role="status"><h1>${title}</h1><p>${hint}</p></section>`,
  }
}

function form({ program, rule, by, until, event }: ShownLink, texts: Texts): Html {
  const { approve: text } = texts
  const given = Object.entries(event.facts).filter(([, value]) => value !== null)
  return html`<form method="post" class="card stack">
    <h1>${texts.task.approvalTitle(program)}</h1>
    ${facts([
      [text.rule, html`<code>${rule}</code>`],
      [text.by, by.join(', ')],
      [text.until, timeAt({ texts }, until)],
      [text.event, html`<code>${event.source}.${event.type}</code>`],
      ...given.map(([name, value]) => [name, html`<code>${String(value)}</code>`] as const),
    ])}
    <div class="row">
      <button class="button primary" name="decision" value="approved">${texts.task.approve}</button>
      <button class="button danger" name="decision" value="rejected">${texts.task.reject}</button>
    </div>
    <p class="faint">${text.hint}</p>
  </form>`
}
