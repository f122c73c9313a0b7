import { expect, it } from 'vitest'
import { filesOf } from '../.ci/files-of.ts'

it('a build finds its files, and names a path that has none', () => {
  const nested = ['core/{index,cli/{main,bin}}.ts', 'core/i*.ts', 'core/{,kit/}id*.ts']
  expect(() => filesOf(nested)).toThrow('No file matches core/id*.ts')
  expect(filesOf(nested.slice(0, 2)).toSorted()).toEqual([
    'core/cli/bin.ts',
    'core/cli/main.ts',
    'core/index.ts',
  ])
  expect(() => filesOf(['core/{index,cli/{main,gone}}.ts'])).toThrow(
    'No file matches core/cli/gone.ts',
  )
})
