import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { issueText } from '../../../core/errors/issue-text.ts'

const said = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(issueText)

describe('what a schema says', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), 5, 'must be text'],
    [z.string(), undefined, 'is missing'],
    [z.array(z.string()), 'x', 'must be a list'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.number().min(1), 0, 'must be at least 1'],
    [z.number().max(65_535), 99_999, 'must be at most 65535'],
    [z.number().positive(), 0, 'must be more than 0'],
    [z.number().lt(1), 1, 'must be less than 1'],
    [z.number().multipleOf(5), 3, 'must be a multiple of 5'],
    [z.string().min(1), '', 'must not be empty'],
    [z.array(z.string()).min(1), [], 'must not be empty'],
    [z.string().min(8), 'x', 'must have at least 8 characters'],
    [z.string().max(1), 'xx', 'must have at most 1 character'],
    [z.string().length(3), 'x', 'must have exactly 3 characters'],
    [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 items'],
    [z.enum(['all', 'work']), 'boss', 'must be one of "all", "work"'],
    [z.literal('sha256'), 'md5', 'must be "sha256"'],
    [z.url(), 'x', 'must be a URL'],
    [z.email(), 'x', 'must be an email address'],
    [z.string().regex(/^\d+$/), 'x', 'must match /^\\d+$/'],
    [z.string().startsWith('/'), 'x', 'must start with "/"'],
    [z.strictObject({}), { a: 1, b: 2 }, 'has the unknown keys "a", "b"'],
    [z.union([z.string(), z.array(z.string())]), 5, 'must be text or a list'],
    [z.record(z.string().max(1), z.int()), { ab: 1 }, 'must have at most 1 character'],
  ])('is plain: %#', (schema, value, text) => {
    expect(said(schema, value)).toEqual([text])
  })

  it('keeps the words of a schema of its own', () => {
    expect(said(z.string().min(1, 'Name it'), '')).toEqual(['name it'])
    expect(said(z.string('must be a name'), 5)).toEqual(['must be a name'])
  })
})
