import { expect, it } from 'vitest'
import { withRemedy } from '../../../core/errors/with-remedy.ts'

it.each([
  ['nobody can deliver there', 'nobody can deliver there. Use a tunnel.'],
  ['The connection failed.', 'The connection failed. Use a tunnel.'],
  ['Is it there?', 'Is it there? Use a tunnel.'],
])('puts the remedy behind %j as a sentence', (message, whole) => {
  expect(withRemedy({ message, remedy: 'Use a tunnel.' })).toBe(whole)
})
