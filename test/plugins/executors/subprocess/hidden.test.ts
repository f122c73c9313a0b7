import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { missingTool } from '../../../requirements.ts'
import { createSubprocess } from './create-subprocess.ts'

const isBelowTmp = /^(\/var)?\/(tmp|run)\//.test(process.cwd())
const usual = isBelowTmp ? homedir() : join(process.cwd(), 'node_modules')
/** Below `/tmp`, of which every sandbox has its own, and elsewhere. */
const PLACES = [usual, tmpdir()]
let top = ''

describe.skipIf(missingTool('bwrap') !== null)('what a sandbox hides (needs bubblewrap)', () => {
  describe.each(PLACES)('below %s', (place) => {
    beforeEach(() => {
      top = realpathSync(mkdtempSync(join(place, '.hidden-')))
      for (const folder of ['data', 'a/b/c', 'out', 'link-target', 'program'])
        mkdirSync(join(top, folder), { recursive: true })
      for (const file of ['data/admin-token', 'secret', 'a/secret', 'a/b/secret', 'a/b/c/secret'])
        writeFileSync(join(top, file), 'hush')
      symlinkSync(join(top, 'a'), join(top, 'link'))
      symlinkSync(join(top, 'data'), join(top, 'out/to-data'))
      symlinkSync(top, join(top, 'link-target/up'))
    })
    afterEach(() => rmSync(top, { recursive: true }))

    async function shell(text: string, sandbox: object, cwd = './program') {
      const made = makeRun()
      const options = { command: ['/bin/sh', '-c', text], cwd, sandbox }
      const executor = createSubprocess(options, { baseDir: top, dataDir: join(top, 'data') })
      const outcome = await executor.run(made.run)
      await executor.close?.()
      const { stdout, stderr } = made.output()
      return { outcome, stdout: stdout.toString(), stderr: stderr.toString() }
    }

    const find = () =>
      `find -L ${top} -name '*secret' -size +0 2>/dev/null; cat ${top}/data/* ${top}/out/to-data/*; :`

    it.each([
      ['a file in a writable folder', { writable: ['.'], hidden: ['./secret', './a'] }],
      ['a folder in a writable folder', { writable: ['.'], hidden: ['.'] }],
      ['a folder that is writable too', { writable: ['./a'], hidden: ['./secret', './a'] }],
      ['a writable folder in a hidden one', { writable: ['./a/b'], hidden: ['./a', './secret'] }],
      [
        'hidden in writable in hidden',
        { writable: ['./a/b'], hidden: ['./a/b/c', './a', './secret'] },
      ],
      [
        'hidden in writable in hidden in writable',
        { writable: ['./a/b/c', '.'], hidden: ['./a/b', './a', './secret'] },
      ],
      ['the target of a link', { writable: ['.'], hidden: ['./link', './secret'] }],
      ['what a writable link leads to', { writable: ['./link'], hidden: ['./a', './secret'] }],
      [
        'what a writable link leads around',
        { writable: ['./link-target/up'], hidden: ['./a', './secret'] },
      ],
    ])('%s', async (_, sandbox) => {
      const hidesAll = (sandbox.hidden as readonly string[]).includes('.')
      const { outcome, stdout } = await shell(find(), sandbox, hidesAll ? '/' : './program')
      expect(outcome).toMatchObject({ status: 'succeeded' })
      expect(stdout).toBe('')
    })

    it('the data folder, in each kind of writable folder, and it cannot be written', async () => {
      const text = 'echo more >> ../data/admin-token; cat ../data/admin-token ../out/to-data/*'
      for (const writable of [['.'], ['./out', '.'], ['./link-target/up'], [tmpdir(), '.']]) {
        const { stdout } = await shell(text, { writable })
        expect(stdout).not.toContain('hush')
        expect(readFileSync(join(top, 'data/admin-token'), 'utf8')).toBe('hush')
      }
    })

    it('stays hidden in the next run, whatever the first one renames', async () => {
      const sandbox = { writable: ['.'], hidden: ['./a/b/secret', './a/b/c'] }
      const text = `mv ../a ../moved; mv ../a/b ../a/moved; mv ../a/b/secret ../a/b/moved; rm -rf ../a/b/c`
      const { stderr } = await shell(text, sandbox)
      expect(stderr.match(/busy/g)).toHaveLength(4)
      expect(readFileSync(join(top, 'a/b/secret'), 'utf8')).toBe('hush')
      expect(readFileSync(join(top, 'a/b/c/secret'), 'utf8')).toBe('hush')
    })

    it('beside it, all stays writable, and the result arrives', async () => {
      const sandbox = { writable: ['.'], hidden: ['./a/b', './secret'] }
      const text = 'echo 1 > ../a/new; echo 2 > ../new; echo "[3]" > $WEBHOOK_RESULT'
      const { outcome } = await shell(text, sandbox)
      expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result: [3] })
      expect([existsSync(join(top, 'a/new')), existsSync(join(top, 'new'))]).toEqual([true, true])
      expect(existsSync(join(top, 'data/runs'))).toBe(false)
    })

    it.each([
      ['a hidden path that is not there', { hidden: ['./none'] }, './program', /none" of `hidden`/],
      ['a working directory in the data folder', {}, './data', /is in the data folder/],
      ['a writable folder in it', { writable: ['./data/out'] }, './program', /is in the data fold/],
      ['a link to it', { writable: ['./out/to-data'] }, './program', /is in the data folder/],
    ])('%s is refused', async (_, sandbox, cwd, message) => {
      const { outcome } = await shell('true', sandbox, cwd)
      expect(outcome).toMatchObject({ status: 'failed', retryable: false })
      expect(outcome).toHaveProperty('reason', expect.stringMatching(message))
    })
  })

  it('keeps the private folders where all is writable', async () => {
    const dataDir = mkdtempSync(join(usual, '.hidden-'))
    writeFileSync(join(dataDir, 'admin-token'), 'hush')
    const made = makeRun()
    const text = `ls /tmp /run | wc -l; ls /proc | grep -c '^[0-9]'; cat ${dataDir}/*`
    const command = ['/bin/sh', '-c', text]
    const executor = createSubprocess(
      { command, cwd: '/', sandbox: { writable: ['/'] } },
      { dataDir },
    )
    await executor.run(made.run)
    await executor.close?.()
    rmSync(dataDir, { recursive: true })
    const [files, processes] = made.output().stdout.toString().split('\n').map(Number)
    expect(files).toBeLessThan(6)
    expect(processes).toBeLessThan(8)
    expect(made.output().stdout.toString()).not.toContain('hush')
  })
})
