import { realpathSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'

/** Folders that are empty and private in the sandbox. Some sockets of services in `/run` would be a way out. */
const PRIVATE_FOLDERS = ['/tmp', '/var/tmp', '/run']
/** Mounted anew in each sandbox; a folder that holds one of them is bound before it. */
const OWN_FOLDERS = ['/dev', '/proc', ...PRIVATE_FOLDERS]

/** What a sandbox shows. All paths are absolute; links in them are followed. */
export interface SandboxView {
  /** Shown also below a private folder. */
  readonly needed: readonly string[]
  readonly writable: readonly string[]
  /** Appears empty, also below or above a writable folder. */
  readonly hidden: readonly string[]
  /** Writable, also below a hidden folder. Null: none. */
  readonly resultFolder: string | null
  readonly network: boolean
}

/**
 * The mounts of a sandbox, as options of bubblewrap, which mounts in their order. A later mount covers an earlier one. So
 * what is hidden comes after everything that is shown, and only the empty folder for the result comes after that. Each path
 * is mounted where its links lead: otherwise a second name could show what is hidden under the first.
 */
export function sandboxMounts(view: SandboxView): readonly string[] {
  const needed = view.needed.filter((path) => isPrivate(path) || isPrivate(followed(path)))
  const writable = byDepth(view.writable.map(followed))
  const wide = writable.filter(holdsOwnFolder)
  const narrow = writable.filter((path) => !holdsOwnFolder(path))
  const hidden = outermost(view.hidden.map(followed))
  return [
    ...['--ro-bind', '/', '/'],
    ...wide.flatMap((path) => ['--bind', path, path]),
    ...['--dev', '/dev', '--proc', '/proc'],
    ...PRIVATE_FOLDERS.filter(isFolder).flatMap((folder) => ['--tmpfs', folder]),
    ...(view.network ? nameServers() : []),
    ...byDepth(needed.map(followed))
      .filter(isPrivate)
      .flatMap((path) => ['--ro-bind', path, path]),
    ...narrow.flatMap((path) => ['--bind', path, path]),
    ...linksOf([...needed, ...view.writable]),
    ...pinnedFolders(hidden, writable).flatMap((folder) => ['--bind', folder, folder]),
    ...hidden.flatMap((path) =>
      isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path],
    ),
    ...(view.resultFolder === null ? [] : ['--bind', view.resultFolder, view.resultFolder]),
  ]
}

/** Where the links of a path lead; the path itself if there is nothing. */
export function followed(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith('../'))
}

/**
 * The folders between a writable folder and what is hidden in it. A mount point cannot be renamed: otherwise a program
 * could move its parent, and the next run would find the hidden file under another name.
 */
function pinnedFolders(hidden: readonly string[], writable: readonly string[]): readonly string[] {
  const isWritable = (path: string) =>
    writable.some((folder) => folder !== path && isBelow(path, folder))
  const between = (path: string): readonly string[] =>
    isWritable(path) ? [...between(dirname(path)), path] : []
  const folders = hidden.flatMap((path) => between(dirname(path)))
  return byDepth(folders).filter((folder) => !OWN_FOLDERS.some((own) => isBelow(own, folder)))
}

/** Links below a private folder, which is empty otherwise: programs are started by the paths that the config names. */
function linksOf(paths: readonly string[]): readonly string[] {
  const shown = paths.map(followed)
  const isShown = (path: string) => shown.some((folder) => isBelow(path, folder))
  const links = paths.filter((path) => isPrivate(path) && !isShown(path))
  return outermost(links).flatMap((path) => ['--symlink', followed(path), path])
}

// It is often a link to a file in /run, which a service writes.
function nameServers(): readonly string[] {
  const file = followed('/etc/resolv.conf')
  return isPrivate(file) ? ['--ro-bind-try', file, file] : []
}

function holdsOwnFolder(path: string): boolean {
  return OWN_FOLDERS.some((own) => own !== path && isBelow(own, path))
}

function isPrivate(path: string): boolean {
  return PRIVATE_FOLDERS.some((folder) => isBelow(path, folder))
}

/** Each path once, and a folder before what is in it. */
function byDepth(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort((one, other) => one.length - other.length)
}

/** Without the paths that lie below another one. */
function outermost(paths: readonly string[]): readonly string[] {
  const sorted = byDepth(paths)
  return sorted.filter((path, index) => !sorted.slice(0, index).some((one) => isBelow(path, one)))
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
