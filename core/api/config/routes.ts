import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { allDefinitions } from '../../config/all-definitions.ts'
import { configJsonSchema } from '../../config/config-json-schema.ts'
import type { ManagedConfig } from '../../config/managed-config.ts'
import { nameSchema } from '../../config/schema.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../kit/errors.ts'
import { rememberLast } from '../../kit/remember-last.ts'
import type { AuditFacts } from '../audit-log.ts'
import { requireRole } from '../auth.ts'
import { readJson } from '../json-body.ts'
import { readQuery } from '../query.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { ConfigEditor, type Edit, type Edited } from './editor.ts'
import { allParts } from './find-part.ts'
import { PART_KINDS, type PartKind } from './kinds.ts'
import { entityTag, type Precondition, readPrecondition } from './precondition.ts'
import { beyondAllowed, changeRefused } from './refusal.ts'
import { PartViews } from './views.ts'

const MAX_BODY_BYTES = 256 * 1024

const NEW = { kind: 'absent', otherwise: 'config_exists' } as const

export const changeQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).default('false') })

/** `/api/config`: the config in force, and the parts of it that are managed here. */
export function configRoutes(services: AppServices, managed: ManagedConfig): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const editor = new ConfigEditor(managed, services.config)

  routes.get('/', async (context) => {
    const snapshot = await managed.read()
    const config = services.config()
    const views = new PartViews(config)
    const lists = PART_KINDS.map(({ kind, plural }) => {
      return [plural, allParts(config, snapshot, kind).map((part) => views.view(kind, part))]
    })
    return context.json({
      version: config.version,
      revision: snapshot.revision,
      fault: services.configFault(),
      managed: config.settings.managed,
      ...Object.fromEntries(lists),
    })
  })
  // Large, and the same until the config is loaded again.
  const schemaOf = rememberLast(async (config: RunningConfig) =>
    configJsonSchema(await allDefinitions(config)),
  )
  routes.get('/schema', async (context) => context.json(await schemaOf(services.config())))
  for (const part of PART_KINDS) addPartRoutes(routes, part, { services, managed, editor })
  return routes
}

interface Parts {
  readonly services: AppServices
  readonly managed: ManagedConfig
  readonly editor: ConfigEditor
}

function addPartRoutes(routes: Hono<HttpTypes>, part: PartKind, parts: Parts): void {
  const { services, managed, editor } = parts
  const { kind, plural, word } = part
  const admin = requireRole(services, 'admin')
  const edit = async (context: Context<HttpTypes>, given: Given): Promise<Response> => {
    const { dryRun } = readQuery(changeQuery, context.req.query())
    const target = given.name
    const entry = (facts: Pick<AuditFacts, 'action' | 'outcome' | 'detail'>) =>
      services.audit.entry(context, { ...facts, target })
    const change: Edit = {
      ...{ ...given, part, dryRun: dryRun === 'true' },
      audit: (action, changes) => entry({ action, outcome: 'done', detail: { ...changes } }),
    }
    const edited = await editor.edit(change).catch(async (error: unknown) => {
      const detail = beyondAllowed(error)
      const action = `config.${word}.refused`
      if (detail !== null)
        await services.audit.record(entry({ action, outcome: 'refused', detail }))
      throw error
    })
    return answer(context, { part, name: given.name, edited })
  }

  routes.get(`/${plural}`, async (context) => {
    const config = services.config()
    const views = new PartViews(config)
    const all = allParts(config, await managed.read(), kind)
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
    const found = allParts(config, await managed.read(), kind).find((one) => one.name === name)
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

type Given = Pick<Edit, 'name' | 'form'> & { readonly precondition: Precondition }

function answer(
  context: Context<HttpTypes>,
  done: { readonly part: PartKind; readonly name: string; readonly edited: Edited },
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
  return context.json({ ...view, dryRun, fault, warnings }, isCreated ? 201 : 200)
}

interface ReadPart {
  readonly name: string | undefined
  readonly form: Readonly<Record<string, unknown>>
}

/** The body's form, and its name; the form is checked with the whole config. */
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
  const remedy = 'Correct `name`.'
  const where = { pointer: '/name', place: null, given: null }
  return { ...where, code: 'option_invalid', message, remedy }
}
