import { type Context, Hono } from 'hono'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { TestAnswer } from '../../../api/sources/test-delivery.ts'
import type { CatchUpResult } from '../../../catch-up/catch-up.ts'
import { withRemedy } from '../../../errors/with-remedy.ts'
import { finish } from '../../notices.ts'
import { type DashboardTypes, formOf, type PageContext } from '../../page.ts'
import { choicePage } from './choose.ts'
import { connectedPage, type Tested } from './connected.ts'
import { createSource } from './create.ts'
import { loadConfig, loadSender, loadSource } from './load.ts'
import { type ConnectForm, type FormFault, newSourcePage } from './new-source.ts'
import { changeRegistration } from './registrations.ts'

interface CatchUpAnswer {
  readonly results: readonly CatchUpResult[]
}

/** `/connect`: leads from the choice of a sender to its first delivery. */
export function connectPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => context.html(await choicePage(context.get('page'))))

  routes.get('/new/:plugin', (context) => showForm(context, context.req.query(), []))

  // A generated secret is in this answer alone, so there is no redirect.
  routes.post('/new/:plugin', async (context) => {
    const page = context.get('page')
    const form = await formOf(context)
    const sender = await senderOf(context)
    const created = await createSource(page, sender, form)
    if (!created.ok) return showForm(context, form, created.faults)
    const { generated, ruleFault } = created
    const text = page.texts.connect
    const done = { text: text.created, isError: false }
    const notices =
      ruleFault === null ? [done] : [done, { text: text.noRuleMade(ruleFault), isError: true }]
    const source = await loadSource(page, created.name)
    return context.html(await connectedPage(page, { source, generated, notices }))
  })

  routes.get('/:name', async (context) => {
    const page = context.get('page')
    const source = await loadSource(page, context.req.param('name'))
    return context.html(await connectedPage(page, { source }))
  })

  routes.post('/:name', async (context) => {
    const page = context.get('page')
    const { event = '' } = await formOf(context)
    const name = context.req.param('name')
    const tested = await sendTest(page, name, event)
    const source = await loadSource(page, name)
    return context.html(await connectedPage(page, { source, tested }))
  })
  routes.post('/:name/registrations', async (context) => {
    const page = context.get('page')
    const name = context.req.param('name')
    const form = await formOf(context)
    const fault = await changeRegistration(page, name, form)
    if (fault === null) {
      const done = form['action'] === 'unregister' ? 'unregistered' : 'registered'
      return finish(context, `/connect/${encodeURIComponent(name)}#registrations`, done)
    }
    const source = await loadSource(page, name)
    const notices = [{ text: fault, isError: true }]
    return context.html(await connectedPage(page, { source, notices }))
  })
  routes.post('/:name/catch-up', async (context) => {
    const source = context.req.param('name')
    const { api } = context.get('page')
    const path = '/api/catch-up'
    const { results } = await api.send<CatchUpAnswer>('POST', path, { source })
    const done = results.every(({ noWebhook }) => noWebhook) ? 'nobodyAsked' : 'caughtUp'
    return finish(context, `/connect/${encodeURIComponent(source)}#missed`, done)
  })
  return routes
}

async function showForm(
  context: Context<DashboardTypes, '/new/:plugin'>,
  form: ConnectForm,
  faults: readonly FormFault[],
): Promise<Response> {
  const page = context.get('page')
  const [sender, config] = await Promise.all([senderOf(context), loadConfig(page)])
  if (faults.length > 0) context.status(422)
  return context.html(newSourcePage(page, { sender, config, form, faults }))
}

function senderOf({ get, req }: Context<DashboardTypes, '/new/:plugin'>) {
  return loadSender(get('page'), req.param('plugin'), req.query('preset') ?? null)
}

/** A fault that the operator can mend stands where the result would be. */
async function sendTest({ api }: PageContext, name: string, event: string): Promise<Tested> {
  const path = `/api/sources/${encodeURIComponent(name)}/test`
  try {
    return await api.send<TestAnswer>('POST', path, event === '' ? {} : { event })
  } catch (error) {
    const isKnown =
      error instanceof ApiProblem && [400, 409, 429, 503].includes(error.problem.status)
    if (!isKnown) throw error
    return withRemedy({ message: error.problem.detail, remedy: error.problem.remedy })
  }
}
