import { Hono } from 'hono'
import type { RunningProgram } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { callerAddress } from '../http/caller.ts'
import { readJson } from '../http/json-body.ts'
import { pauseView } from '../pauses/views.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { planRun, readRun } from './run.ts'
import { programView } from './views.ts'

/** `/api/programs`: shows the programs in force, and runs one at once. */
export function programRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, roster, pauses } = services
  const routes = new Hono<HttpTypes>()
  const findProgram = (name: string): RunningProgram => {
    const { programs } = services.config()
    const found = programs.get(name)
    if (found !== undefined) return found
    const printable = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)
    const message = `There is no program '${printable}'.${suggestion(printable, programs.keys())}`
    throw new HooklineError('program_unknown', message)
  }
  const readStates = async () => {
    const [awaited, paused] = await Promise.all([roster.awaited(), pauses.get()])
    return ({ name }: RunningProgram) => {
      const pause = paused.find((each) => each.kind === 'program' && each.name === name)
      return {
        waitingFor: awaited.get(name) ?? null,
        pause: pause === undefined ? null : pauseView(pause),
      }
    }
  }

  routes.get('/', async (context) => {
    const stateOf = await readStates()
    const config = services.config()
    const programs = [...config.programs.values()].map((program) =>
      programView(config, program, stateOf(program)),
    )
    return context.json({ programs })
  })

  routes.get('/:name', async (context) => {
    const program = findProgram(context.req.param('name'))
    const stateOf = await readStates()
    return context.json(programView(services.config(), program, stateOf(program)))
  })

  routes.post('/:name/run', requireRole(services, 'operator'), async (context) => {
    const config = services.config()
    const { limits, trustedProxies } = config.settings
    const program = findProgram(context.req.param('name'))
    const request = readRun(await readJson(context, limits.maxBodyBytes))
    const client = callerAddress(context, trustedProxies)
    const entry = await planRun(request, { config, program, store, client, now: Date.now() })
    const delivery = entry.delivery.id
    const event = entry.events[0]?.id ?? ''
    const task = entry.events[0]?.tasks[0]?.id ?? ''
    const detail = { delivery, event, task }
    const facts = { action: 'program.run', target: program.name, detail }
    const audited = services.audit.entry(context, facts)
    await services.audit.around(audited, () => store.accept(entry))
    return context.json(detail, 202)
  })
  return routes
}
