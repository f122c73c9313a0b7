import { expect, it } from 'vitest'
import { withoutPersons } from '../../../core/cli/test/personal.ts'

it('keeps the names of repositories, and replaces those of persons wherever they are', () => {
  const event = {
    repository: { full_name: 'octo/hello', url: 'https://example.com/octo/hello' },
    author: { full_name: 'Ann Lee', street: 'Ring/7' },
    order: { customer_name: 'Lee/Ann', user_name: 'CORP/ann' },
    note: 'by Ann Lee, octo/hello',
  }
  expect(withoutPersons(event)).toEqual({
    repository: event.repository,
    author: { full_name: 'person 1', street: 'person 2' },
    order: { customer_name: 'person 3', user_name: 'person 4' },
    note: 'by person 1, octo/hello',
  })
})
