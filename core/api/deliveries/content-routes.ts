import { Hono } from 'hono'
import { mediaType } from '../../kit/content-type.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { bodyQuery, payloadQuery, readQuery } from '../http/query.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { findDelivery, findEvent } from './find-delivery.ts'
import { exactBody, showBody, showText } from './shown-text.ts'
import { checkWhole, testCase } from './test-case.ts'

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
}

/**
 * What a sender sent, which may hold personal data: for operators only, without the secrets of the config. It is always
 * a download of plain text or bytes, so that no browser takes it for a page.
 */
export function contentRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, redactor } = services
  const routes = new Hono<HttpTypes>()
  const operator = requireRole(services, 'operator')

  routes.get('/:id/body', operator, async (context) => {
    const { limit, exact } = readQuery(bodyQuery, context.req.query())
    const delivery = await findDelivery(services, context.req.param('id'))
    const { id, body, headers } = delivery
    const type = headers['content-type']
    if (exact === 'true') {
      checkWhole(delivery)
      const bytes = await exactBody(body, type, { redactor })
      return context.body(bytes, 200, contentHeaders(false, `${id}.bin`))
    }
    const { isText, content } = await showBody(body, type, { redactor, limit })
    const extension = isText ? (EXTENSIONS[mediaType(type)] ?? 'txt') : 'bin'
    return context.body(content, 200, contentHeaders(isText, `${id}.${extension}`))
  })

  routes.get('/:id/payload', operator, async (context) => {
    const { limit, event } = readQuery(payloadQuery, context.req.query())
    const { id } = await findDelivery(services, context.req.param('id'))
    const found = await findEvent(services, id, event)
    const text = await showText(found.payload, { redactor, limit })
    return context.body(text, 200, contentHeaders(true, `${found.id}.json`))
  })

  routes.get('/:id/test-case', operator, async (context) => {
    const delivery = await findDelivery(services, context.req.param('id'))
    return context.json(await testCase(delivery, await store.events(delivery.id), { redactor }))
  })
  return routes
}

function contentHeaders(isText: boolean, file: string): Record<string, string> {
  return {
    'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${file}"`,
  }
}
