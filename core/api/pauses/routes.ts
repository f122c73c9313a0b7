import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { RunningConfig } from '../../contracts/config.ts'
import {
  type NewPause,
  PAUSE_KINDS,
  type PauseKind,
  type PauseTarget,
} from '../../contracts/pause.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { pauseView } from './views.ts'

const MAX_BODY_BYTES = 4096

export const pauseBody = z.strictObject({
  reason: z.string().trim().min(1).max(500).nullish().describe('Why, for others to read.'),
})

/** `/api/pauses`: lists what is paused, pauses and resumes sources, rules and programs. */
export function pauseRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, pauses, audit, ownEvents } = services
  const routes = new Hono<HttpTypes>()
  const operator = requireRole(services, 'operator')

  routes.get('/', async (context) => {
    const paused = await store.pauses()
    return context.json({ pauses: paused.map(pauseView) })
  })

  routes.put('/:kind/:name{.+}', operator, async (context) => {
    const target = targetOf(context)
    const { reason = null } = checkBody(pauseBody, await readOptionalJson(context))
    checkName(target, services.config())
    const asked: NewPause = { ...target, by: context.get('principal').name, reason }
    const entry = audit.entry(context, { ...factsOf('pause', target), detail: { reason } })
    const pause = await audit.around(entry, () =>
      store.pause(asked, ownEvents.pauseChanged('paused', asked)),
    )
    pauses.forget()
    return context.json(pauseView(pause))
  })

  routes.delete('/:kind/:name{.+}', operator, async (context) => {
    const target = targetOf(context)
    const paused = await store.pauses()
    const before = paused.find(({ kind, name }) => kind === target.kind && name === target.name)
    if (before === undefined) throw notPaused(target, paused)
    const by = context.get('principal').name
    const entry = audit.entry(context, factsOf('resume', target))
    const pause = await audit.around(entry, async () => {
      const event = ownEvents.pauseChanged('resumed', { ...before, by })
      return (await store.resume(target, event)) ?? { ...before, state: 'ended' as const }
    })
    pauses.forget()
    return context.json(pauseView(pause))
  })
  return routes
}

function factsOf(act: 'pause' | 'resume', { kind, name }: PauseTarget) {
  return { action: `${kind}.${act}`, target: name }
}

function targetOf(context: Context<HttpTypes>): PauseTarget {
  const kind = PAUSE_KINDS.find((each) => each === context.req.param('kind'))
  const name = context.req.param('name') ?? ''
  if (kind !== undefined) return { kind, name }
  throw new HooklineError('not_found', `Only a ${PAUSE_KINDS.join(', ')} can be paused`)
}

function readOptionalJson(context: Context<HttpTypes>): Promise<unknown> {
  const isEmpty = context.req.header('content-type') === undefined
  return isEmpty ? Promise.resolve({}) : readJson(context, MAX_BODY_BYTES)
}

/** Only what the config in force has can be paused: a misspelt name would hold nothing back. */
function checkName({ kind, name }: PauseTarget, config: RunningConfig): void {
  const names = namesOf(kind, config)
  if (names.includes(name)) return
  // A rule that runs several programs has an id for each.
  const ids = names.filter((id) => kind === 'rule' && id.startsWith(`${name}:`))
  const hint = ids.length > 0 ? ` It runs several programs: ${ids.join(', ')}` : null
  const message = `There is no ${kind} '${name.slice(0, 200)}'.${hint ?? suggestion(name, names)}`
  throw new HooklineError('pause_target_unknown', message)
}

function namesOf(kind: PauseKind, config: RunningConfig): readonly string[] {
  if (kind === 'rule') return config.rules.map(({ id }) => id)
  return kind === 'source' ? [...config.sources.keys(), OWN_SOURCE] : [...config.programs.keys()]
}

function notPaused({ kind, name }: PauseTarget, paused: readonly PauseTarget[]): HooklineError {
  const names = paused.filter((each) => each.kind === kind).map((each) => each.name)
  const message = `The ${kind} '${name.slice(0, 200)}' is not paused.${suggestion(name, names)}`
  return new HooklineError('pause_unknown', message)
}
