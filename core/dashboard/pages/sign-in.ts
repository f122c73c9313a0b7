import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { ApiCalls, ApiProblem } from '../../api/api-calls.ts'
import { withRemedy } from '../../errors/with-remedy.ts'
import type { Settings } from '../../settings/settings.ts'
import { LANGUAGE_COOKIE, languageOf } from '../language.ts'
import { plainDocument } from '../layout.ts'
import { setNotice } from '../notices.ts'
import type { DashboardOptions } from '../options.ts'
import { CSRF_FIELD, type DashboardApp, type DashboardTypes, formOf } from '../page.ts'
import { LANGUAGES, type Language, TEXTS, type Texts } from '../texts/texts.ts'

const YEAR_SECONDS = 31_536_000
const CODE_COMMAND = 'hookline dashboard'

/** `/sign-in`: starts and ends sessions, and remembers the language. The only page without a session. */
export function signInRoutes(
  app: DashboardApp,
  { settings }: DashboardOptions,
): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()
  const showForm = (context: Context<DashboardTypes>, next: string, fault = '') =>
    context.html(tokenForm(context, { provider: providerName(settings().admin), next, fault }))

  routes.get('/', (context) => {
    const code = context.req.query('code')
    const next = localPath(context.req.query('next'))
    if (code === undefined) return showForm(context, next)
    return context.html(proofForm(context, { name: 'code', value: code, next }))
  })

  routes.get('/oidc', async (context) => {
    const next = localPath(context.req.query('next'))
    try {
      const answer = await new ApiCalls(app, context).call('POST', '/api/session/oidc', { next })
      passOnCookies(answer, context)
      const { url } = (await answer.json()) as { url: string }
      return context.redirect(url, 303)
    } catch (error) {
      return showForm(context, next, faultOf(error, context))
    }
  })

  // Whoever comes back was sent by another site, so that the browser sends no cookie yet.
  routes.get('/callback', (context) => {
    const { search, searchParams } = new URL(context.req.url)
    const [, next = ''] = (searchParams.get('state') ?? '').split('.', 2)
    const path = localPath(Buffer.from(next, 'base64url').toString())
    return context.html(proofForm(context, { name: 'oidc', value: search, next: path }))
  })

  routes.post('/', async (context) => {
    const form = await formOf(context)
    const next = localPath(form['next'])
    const { code, oidc, token } = form
    try {
      const body =
        code !== undefined ? { code } : oidc !== undefined ? { oidc } : { token: token ?? '' }
      const answer = await new ApiCalls(app, context).call('POST', '/api/session', body)
      passOnCookies(answer, context)
      return context.redirect(next, 303)
    } catch (error) {
      const wrong = code !== undefined ? 'wrongCode' : oidc !== undefined ? null : 'wrongToken'
      return showForm(context, next, faultOf(error, context, wrong))
    }
  })

  routes.post('/out', async (context) => {
    const calls = new ApiCalls(app, context)
    calls.useCsrf((await formOf(context))[CSRF_FIELD] ?? null)
    const answer = await calls.call('DELETE', '/api/session')
    passOnCookies(answer, context)
    setNotice(context, 'signedOut')
    const { providerUrl } = (await answer.json()) as { providerUrl: string | null }
    if (providerUrl === null) return context.redirect('/sign-in', 303)
    // The content policy lets no form lead to another site, not even by a redirect.
    return context.html(
      page(context, ({ atProvider }) => ({
        title: atProvider,
        content: html`<meta http-equiv="refresh" content="0;url=${providerUrl}">
          <p><a href="${providerUrl}">${atProvider}</a></p>`,
      })),
    )
  })

  routes.get('/language/:language', (context) => {
    const language = context.req.param('language')
    if (!LANGUAGES.includes(language as Language)) deleteCookie(context, LANGUAGE_COOKIE)
    else {
      const attributes = { path: '/', sameSite: 'Lax', maxAge: YEAR_SECONDS } as const
      setCookie(context, LANGUAGE_COOKIE, language, attributes)
    }
    return context.redirect(localPath(context.req.query('next')), 303)
  })
  return routes
}

/** What to show for a call that failed. `wrong` is the text for a proof that is not valid; null: what the API says. */
function faultOf(
  error: unknown,
  context: Context<DashboardTypes>,
  wrong: 'wrongCode' | 'wrongToken' | null = null,
): string {
  if (!(error instanceof ApiProblem)) throw error
  const { status, detail, remedy } = error.problem
  context.status(status as 401)
  const texts = TEXTS[languageOf(context)].signIn
  if (status === 429) return texts.tooMany
  if (wrong !== null) return status < 403 || status === 422 ? texts[wrong] : error.message
  return withRemedy({ message: detail, remedy })
}

function passOnCookies(answer: Response, context: Context): void {
  for (const cookie of answer.headers.getSetCookie()) {
    context.header('Set-Cookie', cookie, { append: true })
  }
}

/** A path of this origin; `/` for anything else, so that no link leads elsewhere after the sign-in. */
export function localPath(given: string | undefined): string {
  if (given === undefined || !URL.canParse(given, 'http://here.invalid')) return '/'
  const { origin, pathname, search } = new URL(given, 'http://here.invalid')
  // Without its dot segments, a path can begin with `//`, which names a host.
  const isLocal = origin === 'http://here.invalid' && !pathname.startsWith('//')
  return isLocal && given.startsWith('/') ? pathname + search : '/'
}

interface TokenForm {
  /** Name of the provider to sign in with; null if there is none. */
  readonly provider: string | null
  readonly next: string
  readonly fault: string
}

function providerName({ oidc }: Settings['admin']): string | null {
  return oidc === undefined ? null : (oidc.label ?? new URL(oidc.issuer).hostname)
}

function tokenForm(context: Context<DashboardTypes>, { provider, next, fault }: TokenForm) {
  return page(context, (text) => ({
    title: text.title,
    content: html`<form method="post" action="/sign-in" class="card stack">
      <input type="hidden" name="next" value="${next}">
      <h1>${text.title}</h1>
      ${fault === '' ? '' : html`<p class="notice bad" role="alert">${fault}</p>`}
      ${provider === null ? '' : html`<a class="button primary" href="/sign-in/oidc?next=${encodeURIComponent(next)}">${text.withProvider(provider)}</a>`}
      <label class="field"><span>${text.token}</span>
        <input type="password" name="token" required maxlength="1000" autocomplete="current-password"${provider === null ? html` autofocus` : ''}>
        <small>${text.tokenHint}</small>
      </label>
      <button class="button${provider === null ? ' primary' : ''}">${text.submit}</button>
      <p class="faint">${text.linkHint}<br><code>${CODE_COMMAND}</code></p>
    </form>`,
  }))
}

interface ProofForm {
  readonly name: 'code' | 'oidc'
  readonly value: string
  readonly next: string
}

// A proof is used by a POST alone: previews of links and prefetching browsers send a GET.
function proofForm(context: Context<DashboardTypes>, { name, value, next }: ProofForm) {
  return page(context, (text) => ({
    title: text.codeTitle,
    content: html`<form method="post" action="/sign-in" class="card stack" data-submit-now>
      <h1>${text.codeTitle}</h1>
      <input type="hidden" name="${name}" value="${value}">
      <input type="hidden" name="next" value="${next}">
      <button class="button primary" autofocus>${text.continue}</button>
      ${name === 'code' ? html`<p class="faint">${text.codeHint}</p>` : ''}
    </form>`,
  }))
}

function page(
  context: Context<DashboardTypes>,
  draw: (text: Texts['signIn']) => { title: string; content: ReturnType<typeof html> },
) {
  const language = languageOf(context)
  const { title, content } = draw(TEXTS[language].signIn)
  return plainDocument(TEXTS[language], language, title, content)
}
