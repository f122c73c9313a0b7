import { Hono } from 'hono'
import { html } from 'hono/html'
import type { TokenView } from '../../api/access/tokens/routes.ts'
import { ApiProblem } from '../../api/api-calls.ts'
import { ROLES } from '../../contracts/access.ts'
import { layout } from '../layout.ts'
import { finish } from '../notices.ts'
import { type DashboardTypes, formOf, type Html, type PageContext } from '../page.ts'
import { badge } from '../parts/badges.ts'
import { actionButton, choiceField, csrfField, textField } from '../parts/forms.ts'
import { type Column, emptyState, table } from '../parts/table.ts'
import { codeBlock, timeAgo } from '../parts/text.ts'

const DAY_MS = 86_400_000
const VALIDITY_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 }

interface TokenForm {
  readonly values?: Readonly<Record<string, string | undefined>>
  readonly fault?: string
}

/** `/tokens`: creates and revokes access tokens. For admins. */
export function tokensPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => {
    const page = context.get('page')
    return context.html(draw(page, await tokensOf(page), newTokenForm(page, {})))
  })

  // The text of the token is in this answer alone, so there is no redirect.
  routes.post('/', async (context) => {
    const page = context.get('page')
    const values = await formOf(context)
    const { name = '', role = '', validity = '' } = values
    const days = VALIDITY_DAYS[validity]
    const expiresAt = days === undefined ? null : new Date(Date.now() + days * DAY_MS).toISOString()
    try {
      const body = { name, role, expiresAt }
      const { token } = await page.api.send<{ token: string }>('POST', '/api/tokens', body)
      return context.html(draw(page, await tokensOf(page), created(page, name, token)))
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.problem.status >= 500) throw error
      const form = newTokenForm(page, { values, fault: error.problem.detail })
      context.status(422)
      return context.html(draw(page, await tokensOf(page), form))
    }
  })

  routes.post('/:name/revoke', async (context) => {
    const name = encodeURIComponent(context.req.param('name'))
    await context.get('page').api.send('DELETE', `/api/tokens/${name}`)
    return finish(context, '/tokens', 'tokenRevoked')
  })
  return routes
}

async function tokensOf({ api }: PageContext): Promise<readonly TokenView[]> {
  return (await api.get<{ tokens: readonly TokenView[] }>('/api/tokens')).tokens
}

function draw(page: PageContext, tokens: readonly TokenView[], top: Html): Html {
  const text = page.texts.tokens
  const list =
    tokens.length === 0
      ? emptyState(text.empty, text.emptyText)
      : table(tokens, columnsOf(page), { label: text.title })
  const body = html`<p class="intro">${text.intro}</p>${top}${list}`
  return layout(page, { title: text.title, section: 'tokens', body })
}

function columnsOf(page: PageContext): readonly Column<TokenView>[] {
  const { tokens: text, common } = page.texts
  return [
    { heading: text.name, kind: 'wide', cell: ({ name }) => html`<strong>${name}</strong>` },
    { heading: text.role, cell: ({ role }) => common.roles[role] },
    {
      heading: text.state,
      cell: ({ expired }) => (expired ? badge('quiet', text.expired) : badge('good', text.inForce)),
    },
    { heading: text.createdBy, cell: ({ createdBy }) => createdBy },
    { heading: text.created, cell: ({ createdAt }) => timeAgo(page, createdAt) },
    {
      heading: text.expires,
      cell: ({ expiresAt }) => (expiresAt === null ? text.never : timeAgo(page, expiresAt)),
    },
    {
      heading: '',
      cell: ({ name }) =>
        actionButton(page, {
          action: `/tokens/${encodeURIComponent(name)}/revoke`,
          label: text.revoke,
          title: text.revokeTitle(name),
          confirm: text.revokeConfirm(name),
          kind: 'small',
        }),
    },
  ]
}

function newTokenForm(page: PageContext, { values = {}, fault }: TokenForm): Html {
  const text = page.texts.tokens
  const { validities } = text
  const { name, role = 'viewer', validity = 'forever' } = values
  return html`<details class="card"${fault === undefined ? '' : html` open`}>
    <summary>${text.newToken}</summary>
    <form method="post" action="/tokens" class="stack">
      ${csrfField(page)}
      ${fault === undefined ? '' : html`<p class="notice bad" role="alert">${fault}</p>`}
      <div class="filters">
        ${textField({ name: 'name', label: text.name, value: name, hint: text.nameHint })}
        ${choiceField({ name: 'role', label: text.role, value: role, choices: ROLES.map((one) => [one, text.roleHints[one]]) })}
        ${choiceField({ name: 'validity', label: text.validity, value: validity, choices: Object.entries(validities) })}
      </div>
      <button class="button primary">${text.create}</button>
    </form>
  </details>`
}

function created(page: PageContext, name: string, token: string): Html {
  const text = page.texts.tokens
  return html`<section class="card" role="status">
    <h2>${text.createdTitle(name)}</h2>
    <p>${text.createdHint}</p>
    ${codeBlock(page, token, text.newToken)}
  </section>`
}
