import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { ManagedConfig } from '../../config/managed/managed-config.ts'
import { allDefinitions } from '../../config/modules/built-in.ts'
import { configJsonSchema } from '../../config/schema/config-json-schema.ts'
import { nameSchema } from '../../config/schema/name.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { requireRole } from '../access/guard/require-role.ts'
import type { AuditFacts } from '../audit/audit-log.ts'
import { readJson } from '../http/json-body.ts'
import { readQuery } from '../http/query.ts'
import { rememberLast } from '../remember-last.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { answerBacktest } from './backtest.ts'
import { caseRoutes } from './cases.ts'
import { ConfigEditor, type Edit, type Edited } from './editor.ts'
import { generateSecrets } from './generated.ts'
import { PART_KINDS, type PartKind } from './part-kinds.ts'
import { listParts } from './parts.ts'
import { entityTag, type Precondition, readPrecondition } from './precondition.ts'
import { changeRefused, disallowedCodes } from './refusal.ts'
import { PartViews } from './views.ts'

const MAX_BODY_BYTES = 256 * 1024

const NEW = { kind: 'absent', otherwise: 'config_exists' } as const

export const changeQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).default('false') })

/** `/api/config`: shows the config in force, and changes its managed parts. */
export function configRoutes(services: AppServices, managed: ManagedConfig): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const editor = new ConfigEditor(managed, services.config)

  routes.get('/', async (context) => {
    const snapshot = await managed.read()
    const config = services.config()
    const views = new PartViews(config)
    const lists = PART_KINDS.map(({ kind, plural }) => {
      return [plural, listParts(config, snapshot, kind).map((part) => views.view(kind, part))]
    })
    return context.json({
      version: config.version,
      revision: snapshot.revision,
      fault: services.configFault(),
      publicUrl: config.settings.publicUrl,
      managed: config.settings.managed,
      ...Object.fromEntries(lists),
    })
  })
  // Large, and unchanged until the config is reloaded.
  const schemaOf = rememberLast(async (config: RunningConfig) =>
    configJsonSchema(await allDefinitions(config)),
  )
  routes.get('/schema', async (context) => context.json(await schemaOf(services.config())))
  routes.post('/rules/backtest', requireRole(services, 'operator'), (context) =>
    answerBacktest(context, services),
  )
  routes.route('/cases', caseRoutes(services))
  for (const part of PART_KINDS) addPartRoutes(routes, part, { services, managed, editor })
  return routes
}

interface PartRouteServices {
  readonly services: AppServices
  readonly managed: ManagedConfig
  readonly editor: ConfigEditor
}

function addPartRoutes(routes: Hono<HttpTypes>, part: PartKind, given: PartRouteServices): void {
  const { services, managed, editor } = given
  const { kind, plural, word } = part
  const admin = requireRole(services, 'admin')
  const edit = async (context: Context<HttpTypes>, requested: RequestedEdit): Promise<Response> => {
    const { dryRun } = readQuery(changeQuery, context.req.query())
    const target = requested.name
    const entry = (facts: Pick<AuditFacts, 'action' | 'outcome' | 'detail'>) =>
      services.audit.entry(context, { ...facts, target })
    const { form, generated } =
      requested.form === null ? { form: null, generated: {} } : generateSecrets(requested.form)
    const change: Edit = {
      ...requested,
      form,
      part,
      dryRun: dryRun === 'true',
      audit: (action, changes) => entry({ action, detail: { ...changes } }),
    }
    const edited = await editor.edit(change).catch(async (error: unknown) => {
      const detail = disallowedCodes(error)
      const action = `config.${word}.refused`
      if (detail !== null)
        await services.audit.record(entry({ action, outcome: 'refused', detail }))
      throw error
    })
    return answer(context, { part, name: target, edited, generated })
  }

  routes.get(`/${plural}`, async (context) => {
    const config = services.config()
    const views = new PartViews(config)
    const all = listParts(config, await managed.read(), kind)
    return context.json({ [plural]: all.map((one) => views.view(kind, one)) })
  })

  routes.post(`/${plural}`, admin, async (context) => {
    const { name, form } = await readPart(context)
    if (name === undefined) throw changeRefused([nameFault('is missing')])
    return edit(context, { name, form, precondition: NEW })
  })

  routes.get(`/${plural}/:name`, async (context) => {
    const name = context.req.param('name')
    const config = services.config()
    const found = listParts(config, await managed.read(), kind).find((one) => one.name === name)
    if (found === undefined) {
      throw new HooklineError('config_unknown', `There is no ${word} '${name.slice(0, 64)}'`)
    }
    if (found.document !== null) context.header('ETag', entityTag(found.document.version))
    return context.json(new PartViews(config).view(kind, found))
  })

  routes.put(`/${plural}/:name`, admin, async (context) => {
    const name = context.req.param('name')
    const precondition = readPrecondition(context)
    const { name: given = name, form } = await readPart(context)
    if (given !== name) throw changeRefused([nameFault('is not the name in the path')])
    checkName(name)
    return edit(context, { name, form, precondition })
  })

  routes.delete(`/${plural}/:name`, admin, (context) => {
    const name = context.req.param('name')
    return edit(context, { name, form: null, precondition: readPrecondition(context) })
  })
}

type RequestedEdit = Pick<Edit, 'name' | 'form'> & { readonly precondition: Precondition }

function answer(
  context: Context<HttpTypes>,
  done: {
    readonly part: PartKind
    readonly name: string
    readonly edited: Edited
    readonly generated: Readonly<Record<string, string>>
  },
): Response {
  const { part, name, edited } = done
  const { form, isNew, document, config, fault, dryRun } = edited
  const { warnings } = config
  if (form === null) return context.json({ name, dryRun, fault, warnings })
  const origin = { layer: 'managed', file: null } as const
  const view = new PartViews(config).view(part.kind, { name, form, origin, document })
  if (document !== null) context.header('ETag', entityTag(document.version))
  const isCreated = isNew && !dryRun
  if (isCreated) context.header('Location', `/api/config/${part.plural}/${name}`)
  // What a dry run generates is not kept.
  const generated = dryRun ? {} : done.generated
  return context.json({ ...view, dryRun, fault, warnings, generated }, isCreated ? 201 : 200)
}

interface ReadPart {
  readonly name: string | undefined
  readonly form: Readonly<Record<string, unknown>>
}

/** Name and form in the body. The form itself is checked with the whole config. */
async function readPart(context: Context<HttpTypes>): Promise<ReadPart> {
  const body = await readJson(context, MAX_BODY_BYTES)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HooklineError('request_invalid', 'The body must be an object')
  }
  const { name, ...form } = body as Record<string, unknown>
  return { name: name === undefined ? name : checkName(name), form }
}

function checkName(name: unknown): string {
  const checked = nameSchema.safeParse(name)
  if (checked.success) return checked.data
  throw changeRefused([nameFault(checked.error.issues[0]?.message ?? 'is not valid')])
}

function nameFault(message: string) {
  return {
    pointer: '/name',
    place: null,
    code: 'option_invalid',
    message,
    given: null,
    remedy: 'Correct `name`.',
  }
}
