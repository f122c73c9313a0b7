import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ownerName, thisOwner } from '../../../../core/sdk/processes/owner.ts'
import { makeTempFolder, removeLeftBehind } from '../../../../core/sdk/processes/temp-folders.ts'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createSubprocess } from '../../../plugins/executors/subprocess/create-subprocess.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534, cwd: '/' }
let top = ''
let dataDir = ''

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'run-folders-'))
  dataDir = join(top, 'data')
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

async function shell(text: string, options: object = {}) {
  const executor = createSubprocess({ command: ['sh', '-c', text], ...options }, { dataDir })
  const made = makeRun()
  const outcome = await executor.run(made.run)
  await executor.close?.()
  return { outcome, stdout: made.output().stdout.toString().trim() }
}

const SUCCEEDED = { status: 'succeeded', exitCode: 0 }

describe('the folder of a run', () => {
  it.each([
    ["in the data folder for Hookline's own user", {}, 0o700],
    ...(isRoot ? [['elsewhere for another user (needs root)', NOBODY, 0o711] as const] : []),
  ] as const)('is private, and %s', async (_, user, parentMode) => {
    const text =
      'echo $WEBHOOK_RESULT; cd $(dirname $WEBHOOK_RESULT); stat -c "%a %u" . ..; ls -A; echo 1 > more; mkdir -p a/b; ln -s / a/root'
    const runs = await Promise.all([shell(text, user), shell(text, user)])
    const paths = runs.map(({ stdout }) => {
      const [path = '', own, parent, ...files] = stdout.split('\n')
      expect(own).toBe(
        `700 ${process.getuid?.() === 0 ? ('uid' in user ? user.uid : 0) : process.getuid?.()}`,
      )
      expect(parent).toBe(`${parentMode.toString(8)} ${process.getuid?.()}`)
      expect(files).toEqual([])
      return path
    })
    expect(new Set(paths.map(dirname)).size).toBe(2)
    expect(paths[0]?.startsWith(dataDir)).toBe(!('uid' in user))
    await expect.poll(() => paths.some((path) => existsSync(dirname(path)))).toBe(false)
    expect(existsSync('/bin')).toBe(true)
  })

  it('is given to a later run only if nothing was made in it', async () => {
    const started = join(top, 'started')
    const text = `echo $WEBHOOK_RESULT; case $WEBHOOK_SENDER_ID in
      late) (until [ -e ${started} ]; do sleep 0.02; done; echo 1 > $WEBHOOK_RESULT; touch ${started}.done) > /dev/null 2>&1 & ;;
      waits) touch ${started}; until [ -e ${started}.done ]; do sleep 0.02; done ;;
      result) echo 2 > $WEBHOOK_RESULT ;;
    esac`
    const executor = createSubprocess({ command: ['sh', '-c', text] }, { dataDir })
    const run = async (what: string) => {
      const made = makeRun({ env: { WEBHOOK_SENDER_ID: what } })
      const { result } = await executor.run(made.run)
      return { result, file: made.output().stdout.toString().trim() }
    }
    // One folder at a time: each has one spare beside it.
    const files = []
    for (const what of ['', '', '', 'late']) files.push((await run(what)).file)
    expect(new Set(files.map(dirname)).size).toBeLessThanOrEqual(2)
    expect(new Set(files).size).toBe(files.length)
    // What the process left behind writes meanwhile is not taken for the result of this run.
    const waited = await run('waits')
    expect(waited.result).toBe(undefined)
    const given = await run('result')
    expect(given.result).toBe(2)
    expect(dirname(given.file)).not.toBe(dirname(waited.file))
    await executor.close?.()
    await expect.poll(() => existsSync(join(dataDir, 'runs'))).toBe(false)
  })

  it.runIf(isRoot)('cannot be replaced, nor those of others be found (needs root)', async () => {
    const victim = join(top, 'result.json')
    writeFileSync(victim, '"secret"')
    chmodSync(top, 0o755)
    const text = `folder=$(dirname $WEBHOOK_RESULT); cd /; mv $folder $folder.old; rmdir $folder; ln -s ${top} $folder; ls $(dirname $folder)`
    const { outcome, stdout } = await shell(`${text}; exit 0`, NOBODY)
    expect([outcome.result, stdout]).toEqual([undefined, ''])
    expect(existsSync(victim)).toBe(true)
  })

  it.runIf(isRoot)("gives no result out of another user's file (needs root)", async () => {
    const open = join(top, 'open')
    mkdirSync(open)
    chmodSync(top, 0o755)
    chmodSync(open, 0o777)
    writeFileSync(join(open, 'file'), '"secret"', { mode: 0o600 })
    const text = `mv ${open}/file $WEBHOOK_RESULT || ln ${open}/file $WEBHOOK_RESULT`
    const { outcome } = await shell(`${text}; exit 0`, { ...NOBODY, cwd: open })
    expect(outcome).toEqual(SUCCEEDED)
  })

  it.runIf(isRoot)('works for another user (needs root)', async () => {
    const { outcome } = await shell('echo "[1]" > $WEBHOOK_RESULT', NOBODY)
    expect(outcome).toEqual({ ...SUCCEEDED, result: [1] })
  })

  // Whoever runs as the same user can read the variables of what removes it.
  it.runIf(isRoot)('is removed without the variables of Hookline (needs root)', async () => {
    const bin = join(top, 'bin')
    const seen = join(bin, 'seen')
    mkdirSync(bin)
    chmodSync(top, 0o755)
    chmodSync(bin, 0o777)
    writeFileSync(join(bin, 'rm'), `#!/bin/sh\nenv > ${seen}.new; mv ${seen}.new ${seen}\n`, {
      mode: 0o755,
    })
    vi.stubEnv('HOOKLINE_TEST_SECRET', 'of Hookline alone')
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
    await shell('cd $(dirname $WEBHOOK_RESULT); echo 1 > more', NOBODY)
    await expect.poll(() => existsSync(seen)).toBe(true)
    vi.unstubAllEnvs()
    const names = readFileSync(seen, 'utf8').match(/^\w+(?==)/gm) ?? []
    expect(names.filter((name) => !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual(
      [],
    )
  })

  it.runIf(isRoot)('is made again where somebody has tidied /tmp (needs root)', async () => {
    const executor = createSubprocess(
      { command: ['sh', '-c', 'echo "[\\"$WEBHOOK_RESULT\\"]" > $WEBHOOK_RESULT'], ...NOBODY },
      { dataDir },
    )
    const first = await executor.run(makeRun().run)
    const [path = ''] = first.result as string[]
    rmSync(dirname(dirname(path)), { recursive: true })
    mkdirSync(dirname(dirname(path)))
    spawnSync('chown', ['65534', dirname(dirname(path))])
    const second = await executor.run(makeRun().run)
    expect(dirname(dirname((second.result as string[])[0] ?? ''))).not.toBe(dirname(dirname(path)))
    await executor.close?.()
    rmSync(dirname(dirname(path)), { recursive: true })
  })
})

describe('what processes that were killed have left behind', () => {
  /** The name of this process's folders, as an ended process of the same machine would have made them. */
  const ended = () => {
    const { pid } = spawnSync('true')
    return ownerName({ ...thisOwner(), pid })
  }

  it('is removed from the data folder, but nothing that is in use', async () => {
    const { stdout } = await shell('echo $WEBHOOK_RESULT')
    const inUse = basename(dirname(dirname(stdout)))
    const another = ownerName({ ...thisOwner(), scope: 'an earlier boot' })
    const folders = [inUse, ended(), another].map((name) => join(dataDir, 'runs', name, 'run'))
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'result.json'), '1')
      symlinkSync('/', join(folder, 'root'))
    }
    await removeLeftBehind(dataDir)
    expect(readdirSync(join(dataDir, 'runs'))).toEqual([inUse])
    expect(statSync(folders[0] ?? '').isDirectory()).toBe(true)
  })

  it('is removed from /tmp, but nothing that is in use or of others', async () => {
    const inUse = makeTempFolder('python')
    const make = (name: string) => {
      const folder = join(tmpdir(), name)
      mkdirSync(join(folder, 'run'), { recursive: true })
      writeFileSync(join(folder, 's'), '')
      return folder
    }
    const gone = [
      make(`hookline-results-${ended()}-aaaaaa`),
      make(`hookline-python-${ended()}-aaaaaa`),
    ]
    const another = ownerName({ ...thisOwner(), scope: 'another container' })
    const kept = [inUse, make(`hookline-python-${another}-aaaaaa`), make('hookline-mine')]
    if (isRoot) {
      const foreign = make(`hookline-results-${ended()}-bbbbbb`)
      spawnSync('chown', ['65534', foreign])
      spawnSync('chown', ['65534:65534', join(gone[0] ?? '', 'run')])
      kept.push(foreign)
    }
    await removeLeftBehind(dataDir)
    expect(gone.filter((path) => existsSync(path))).toEqual([])
    expect(kept.every((path) => existsSync(path))).toBe(true)
    for (const folder of kept) rmSync(folder, { recursive: true })
  })

  it('by earlier versions is removed where none of them runs', async () => {
    const folder = join(tmpdir(), 'hookline-results-Ab3dE9')
    mkdirSync(folder)
    writeFileSync(join(folder, '1.json'), '1')
    // Other tests start nodes too.
    const isAlone = () => spawnSync('pgrep', ['-fi', 'node.*hookline']).status === 1
    const wasAlone = isAlone()
    await removeLeftBehind(dataDir)
    if (wasAlone && isAlone()) expect(existsSync(folder)).toBe(false)
    rmSync(folder, { recursive: true, force: true })
  })
})
