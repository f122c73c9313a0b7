import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { externalFault } from '../api/access/guard/admin-guard.ts'
import { setSecurityHeaders } from '../api/access/guard/security-headers.ts'
import { sessionCookie } from '../api/access/sessions/session-cookie.ts'
import { ApiCalls, ApiProblem } from '../api/api-calls.ts'
import { asksForPage } from '../api/http/answer-errors.ts'
import { toProblem } from '../api/http/problem.ts'
import type { Role } from '../contracts/access.ts'
import { HooklineError } from '../errors/errors.ts'
import { assetRoutes } from './assets.ts'
import { languageOf } from './language.ts'
import { layout, plainDocument } from './layout.ts'
import { takeNotice } from './notices.ts'
import type { DashboardOptions, SectionPath } from './options.ts'
import {
  CSRF_FIELD,
  type DashboardApp,
  type DashboardTypes,
  formOf,
  type Html,
  hasRole,
  type PageContext,
} from './page.ts'
import { approvePage } from './pages/approve.ts'
import { auditPage } from './pages/audit.ts'
import { configurationPage } from './pages/configuration/routes.ts'
import { connectPage } from './pages/connect/routes.ts'
import { deliveriesPage } from './pages/deliveries/routes.ts'
import { errorsPage } from './pages/errors.ts'
import { jobsPage } from './pages/jobs/routes.ts'
import { nodesPage } from './pages/nodes.ts'
import { overviewPage } from './pages/overview/routes.ts'
import { playgroundPage } from './pages/playground/routes.ts'
import { signInRoutes } from './pages/sign-in.ts'
import { tasksPage } from './pages/tasks/routes.ts'
import { tokensPage } from './pages/tokens.ts'
import { TEXTS } from './texts/texts.ts'

/** Only files of this origin run or are shown. No text of a sender can become code. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The pages, each below the path of its section. */
const SECTIONS: Readonly<Record<SectionPath, () => Hono<DashboardTypes>>> = {
  '/connect': connectPage,
  '/deliveries': deliveriesPage,
  '/nodes': nodesPage,
  '/playground': playgroundPage,
  '/tasks': tasksPage,
  '/errors': errorsPage,
  '/jobs': jobsPage,
  '/configuration': configurationPage,
  '/audit': auditPage,
  '/tokens': tokensPage,
}

/** The pages of an app that has the API. They call that API with the browser's own session. */
export function createDashboard(
  app: DashboardApp,
  options: DashboardOptions,
): Hono<DashboardTypes> {
  const { settings } = options
  // What a page does not answer itself is answered by the app around it.
  const pages = new Hono<DashboardTypes>()
    .onError((error) => {
      throw error
    })
    .notFound(() => {
      throw nothingHere()
    })
  const headers = createMiddleware<DashboardTypes>(async (context, next) => {
    setSecurityHeaders(context, settings().publicUrl)
    context.header('Content-Security-Policy', CONTENT_POLICY)
    // Without a referrer, a browser sends `Origin: null` with a form, which proves nothing.
    context.header('Referrer-Policy', 'same-origin')
    await next()
  })
  const local = createMiddleware<DashboardTypes>(async (context, next) => {
    const fault = externalFault(context.req.header(), settings())
    if (fault !== null) throw fault
    await next()
  })
  const asUser = createMiddleware<DashboardTypes>(async (context, next) => {
    const page = await openPage(app, context)
    if (page === null) return askToSignIn(context)
    context.set('page', page)
    return next()
  })
  pages.use('/assets/*', local).use('/sign-in', local).use('/sign-in/*', local)
  pages.route('/assets', assetRoutes())
  pages.route(
    '/sign-in',
    withErrors(new Hono<DashboardTypes>().use(headers)).route('/', signInRoutes(app, options)),
  )
  pages.route(
    '/approve',
    withErrors(new Hono<DashboardTypes>().use(headers)).route('/', approvePage(app)),
  )
  const home = withErrors(new Hono<DashboardTypes>()).use('/', headers, asUser)
  pages.route('/', home.route('/', overviewPage()))
  for (const [path, routes] of Object.entries(SECTIONS)) {
    const section = withErrors(new Hono<DashboardTypes>()).use(headers, asUser)
    pages.route(path, section.route('/', routes()))
  }
  const forPeople = createMiddleware<DashboardTypes>(async (context, next) => {
    // Everybody else gets problem details from the app around it, also where the pages cannot be reached.
    if (!asksForPage(context) || externalFault(context.req.header(), settings()) !== null) {
      throw nothingHere()
    }
    await next()
  })
  const asAnybody = createMiddleware<DashboardTypes>(async (context, next) => {
    // A call that must fail would stand in the audit log as one that somebody made.
    const isKnown =
      context.req.header('authorization') !== undefined ||
      sessionCookie(context, settings().publicUrl) !== null
    const page = context.get('page') ?? (isKnown ? await openPage(app, context) : null)
    if (page !== null) context.set('page', page)
    await next()
  })
  const elsewhere = withErrors(new Hono<DashboardTypes>()).use(headers, asAnybody)
  elsewhere.get('*', () => {
    throw nothingHere()
  })
  pages.use(forPeople).route('/', elsewhere)
  return pages
}

function nothingHere(): HooklineError {
  return new HooklineError('not_found', 'Nothing is at this path')
}

interface SessionView {
  readonly name: string
  readonly role: Role
  readonly csrf: string | null
}

/** What is known of the request; null if nobody is signed in. */
async function openPage(
  app: DashboardApp,
  context: Context<DashboardTypes>,
): Promise<PageContext | null> {
  const api = new ApiCalls(app, context)
  const language = languageOf(context)
  try {
    const caller = await api.get<SessionView>('/api/session')
    if (context.req.method === 'POST') api.useCsrf((await formOf(context))[CSRF_FIELD] ?? null)
    return {
      context,
      api,
      language,
      texts: TEXTS[language],
      caller,
      notice: takeNotice(context, TEXTS[language]),
      may: (role) => hasRole(caller, role),
    }
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 401) return null
    throw error
  }
}

function askToSignIn(context: Context<DashboardTypes>): Response | Promise<Response> {
  const { pathname, search } = new URL(context.req.url)
  // The cookie of a session is not sent when a link elsewhere leads here. A page of this origin may ask for it again.
  if (context.req.header('sec-fetch-site') === 'cross-site' && context.req.method === 'GET') {
    return context.html(html`<meta http-equiv="refresh" content="0">`)
  }
  const target = `/sign-in?next=${encodeURIComponent(pathname + search)}`
  if (context.req.header('hx-request') === undefined) return context.redirect(target, 303)
  context.header('HX-Redirect', target)
  return context.body(null, 204)
}

function withErrors(routes: Hono<DashboardTypes>): Hono<DashboardTypes> {
  return routes.onError((error, context) => {
    const problem = error instanceof ApiProblem ? error.problem : toProblem(error)
    if (problem.status >= 500 && !(error instanceof ApiProblem)) throw error
    // What a live part shows was deleted meanwhile: the part stays as it is.
    const isLive = context.req.method === 'GET' && context.req.header('hx-request') !== undefined
    if (isLive && problem.status === 404) return context.body(null, 204)
    context.status(problem.status as ContentfulStatusCode)
    const page: PageContext | undefined = context.get('page')
    const language = languageOf(context)
    const texts = page?.texts ?? TEXTS[language]
    const text = texts.common
    const what =
      problem.code === 'not_found'
        ? html`<p>${text.notFoundHint}</p>`
        : html`<p>${problem.detail}</p>
            <p>${problem.remedy}</p>
            <p class="faint">${text.code}: <code>${problem.code}</code></p>`
    const card = (heading: Html | '') => html`<section class="card stack" role="alert">
      ${heading}${what}
      ${problem.status === 404 ? html`<p><a class="button" href="/">${text.toOverview}</a></p>` : ''}
    </section>`
    const title = problem.status === 404 ? text.notFound : text.failed
    return context.html(
      page === undefined
        ? plainDocument(texts, language, title, card(html`<h1>${title}</h1>`))
        : layout(page, { title, section: null, body: card('') }),
    )
  })
}
