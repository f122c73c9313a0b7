import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { CaseTrials, type CaseVerdict } from '../../trial/cases/case-trials.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_PATH_LENGTH = 1000
const FAULTY: ReadonlySet<string> = new Set(['config_invalid', 'config_unreadable'])

/** The body of `POST /api/config/cases/run`. */
export const casesRunBody = z.strictObject({
  files: z
    .array(z.string().min(1).max(MAX_PATH_LENGTH))
    .min(1)
    .optional()
    .describe('Files of the list. Default: all of it.'),
})

/** The answer of `GET /api/config/cases`. */
export type CasesView = Awaited<ReturnType<CaseTrials['list']>>

/** The answer of `POST /api/config/cases/run`. */
export interface CasesRunView {
  readonly results: readonly CaseVerdict[]
}

/** `/api/config/cases`: the cases in the folder of the config. */
export function caseRoutes(services: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const cases = services.cases && new CaseTrials(services.cases)
  routes.get('/', async (context) => {
    const view: CasesView = (await cases?.list()) ?? { cases: [], more: false }
    return context.json(view)
  })
  routes.post('/run', requireRole(services, 'operator'), (context) =>
    run(context, cases, services.redactor),
  )
  return routes
}

async function run(
  context: Context<HttpTypes>,
  cases: CaseTrials | undefined,
  redactor: AppServices['redactor'],
): Promise<Response> {
  const { files = null } = checkBody(casesRunBody, await readJson(context, MAX_BODY_BYTES))
  const results = await cases?.run(files).catch((error: unknown) => {
    if (!isHooklineError(error) || !FAULTY.has(error.code)) throw error
    throw new HooklineError('config_faulty', redactor.text(error.message), { cause: error })
  })
  const view: CasesRunView = { results: results ?? [] }
  return context.json(view)
}
